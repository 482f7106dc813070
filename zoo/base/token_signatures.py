"""The signatures of models that continue a sequence of tokens.

Written in core TensorFlow operations only, so that TF Serving and the C runtime run them.
"""

import keras_nlp
import numpy as np
import tensorflow as tf

from seqzoo.zoo.base.limits import MAX_LENGTH, MAX_TEMPERATURE
from seqzoo.zoo.base.signature import Signature


def token_signatures(task) -> dict[str, Signature]:
    """The signatures of a `RecurrentCausalLM`.

    In all of them token id 0 is padding, and sequences do not hold the start token.

    - `generate`: `token_ids` `(batch, time)` int32, padded on the right, may be empty;
      `length`, the tokens to add, at most `MAX_LENGTH`; `temperature`, where 0 always takes the
      likeliest token; `seed` -> `token_ids` `(batch, time + length)` and `length` `(batch,)`.
    - `score`: `token_ids` `(batch, time)` -> `log_probability` `(batch,)` in nats, and `length`
      `(batch,)`, the number of tokens it is the sum of.
    - `step`: `token_ids` `(batch,)` and `states` -> `logits` `(batch, vocabulary)` and the new
      `states`; the first call takes the start token and zero states.
    """
    batch, scalar = tf.TensorSpec([None], tf.int32), tf.TensorSpec([], tf.int32)
    sequences = tf.TensorSpec([None, None], tf.int32)
    states = tf.TensorSpec([None, *task.backbone.state_shape], task.backbone.compute_dtype)
    examples = _Examples(task)
    return {
        "generate": Signature(
            _generate_function(task),
            {
                "token_ids": sequences,
                "length": scalar,
                "temperature": tf.TensorSpec([], tf.float32),
                "seed": scalar,
            },
            examples.generate(),
            reference=_greedy_by_sampler(task),
        ),
        "score": Signature(
            _score_function(task),
            {"token_ids": sequences},
            examples.score(),
            reference=_score_by_training_graph(task),
        ),
        "step": Signature(
            _step_function(task), {"token_ids": batch, "states": states}, examples.step()
        ),
    }


def _step_function(task):
    def step(token_ids, states):
        logits, states = task.next_logits(token_ids, states)
        return {"logits": tf.cast(logits, tf.float32), "states": states}

    return step


def _score_function(task):
    start = task.preprocessor.tokenizer.start_token_id

    def score(token_ids):
        with tf.control_dependencies(_sequence_checks(task, token_ids)):
            present = tf.not_equal(token_ids, 0)
        shifted = tf.pad(token_ids, [[0, 0], [1, 0]], constant_values=start)[:, :-1]
        outputs, _ = task.backbone.run(
            shifted, present, task.backbone.initial_states(tf.shape(token_ids)[0])
        )
        logits = tf.cast(task.token_logits(outputs), tf.float32)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(token_ids, logits)
        return {
            "log_probability": -tf.reduce_sum(tf.where(present, losses, 0.0), axis=-1),
            "length": tf.reduce_sum(tf.cast(present, tf.int32), axis=-1),
        }

    def score_any_length(token_ids):
        # A loop over no time steps has no first step to take shapes from.
        width = tf.maximum(tf.shape(token_ids)[1], 1)
        return score(tf.pad(token_ids, [[0, 0], [0, width - tf.shape(token_ids)[1]]]))

    return score_any_length


def _generate_function(task):
    start = task.preprocessor.tokenizer.start_token_id
    end = task.preprocessor.tokenizer.end_token_id

    def generate(token_ids, length, temperature, seed):
        checks = [
            *_sequence_checks(task, token_ids),
            tf.debugging.assert_greater_equal(length, 1, "length must be at least 1"),
            tf.debugging.assert_less_equal(length, MAX_LENGTH, f"length is above {MAX_LENGTH}"),
            tf.debugging.assert_non_negative(temperature, "temperature must not be negative"),
            tf.debugging.assert_less_equal(
                temperature, MAX_TEMPERATURE, f"temperature is above {MAX_TEMPERATURE:g}"
            ),
        ]
        with tf.control_dependencies(checks):
            batch, time = tf.unstack(tf.shape(token_ids))
        prompt_lengths = tf.reduce_sum(tf.cast(tf.not_equal(token_ids, 0), tf.int32), axis=-1)
        total = time + length
        prompt = tf.pad(token_ids, [[0, 0], [0, length]])

        def going(index, previous, states, done, written):
            return tf.logical_and(index < total, tf.logical_not(tf.reduce_all(done)))

        def add_token(index, previous, states, done, written):
            logits, states = task.next_logits(previous, states)
            sampled = _sample(task, logits, temperature, seed, index)
            token = tf.where(index < prompt_lengths, prompt[:, index], sampled)
            done = tf.logical_or(done, index >= prompt_lengths + length)
            token = tf.where(done, 0, token)
            done = tf.logical_or(done, tf.logical_and(index >= prompt_lengths, token == end))
            return index + 1, token, states, done, written.write(index, token)

        written = tf.TensorArray(tf.int32, total, element_shape=[None], clear_after_read=False)
        # Rows that end early leave the rest of the array at padding.
        written = written.unstack(tf.zeros([total, batch], tf.int32))
        loop = (
            tf.constant(0),
            tf.fill([batch], start),
            task.backbone.initial_states(batch),
            tf.zeros([batch], tf.bool),
            written,
        )
        *_, written = tf.while_loop(going, add_token, loop)
        generated = tf.ensure_shape(tf.transpose(written.stack()), [None, None])
        lengths = tf.reduce_sum(tf.cast(tf.not_equal(generated, 0), tf.int32), axis=-1)
        return {"token_ids": generated, "length": lengths}

    return generate


def _sample(task, logits, temperature, seed, index):
    """The likeliest token at temperature 0; otherwise one drawn by a counter-based generator."""
    logits = tf.cast(logits, tf.float32)

    def draw():
        drawn = tf.random.stateless_categorical(
            task.generable(logits / temperature), 1, seed=tf.stack([seed, index]), dtype=tf.int32
        )
        return drawn[:, 0]

    def likeliest():
        return tf.argmax(task.generable(logits), axis=-1, output_type=tf.int32)

    return tf.cond(temperature > 0, draw, likeliest)


def _sequence_checks(task, token_ids):
    """Sequences that would be misread are refused: unknown tokens, and padding on the left."""
    present = tf.cast(tf.not_equal(token_ids, 0), tf.int32)
    return [
        tf.debugging.assert_non_negative(token_ids, "token_ids must not be negative"),
        tf.debugging.assert_less(
            token_ids, task.backbone.vocabulary_size, "token_ids are beyond the vocabulary"
        ),
        tf.debugging.assert_greater_equal(
            present[:, :-1], present[:, 1:], "token_ids must be padded on the right only"
        ),
    ]


def _score_by_training_graph(task):
    """The score by the functional model that `fit` trains, summed by NumPy."""
    start = task.preprocessor.tokenizer.start_token_id

    def score(token_ids):
        if not token_ids.size:
            return None
        shifted = np.pad(token_ids, [[0, 0], [1, 0]], constant_values=start)[:, :-1]
        present = token_ids != 0
        logits = np.asarray(task({"token_ids": shifted, "padding_mask": present}), dtype=float)
        logits -= logits.max(axis=-1, keepdims=True)
        log_probabilities = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
        chosen = np.take_along_axis(log_probabilities, token_ids[..., None], axis=-1)[..., 0]
        return {
            "log_probability": np.sum(chosen * present, axis=-1),
            "length": np.sum(present, axis=-1),
        }

    return score


def _greedy_by_sampler(task):
    """Greedy generation by keras-hub's loop; drawn tokens have no other source."""
    tokenizer = task.preprocessor.tokenizer

    def generate(token_ids, length, temperature, seed):
        prompt_lengths = np.sum(token_ids != 0, axis=1)
        if temperature > 0 or len(set(prompt_lengths)) > 1:
            return None
        prompt = np.pad(token_ids, [[0, 0], [1, 0]], constant_values=tokenizer.start_token_id)
        prompt = np.pad(prompt, [[0, 0], [0, length]])
        continued = task.continue_with(
            keras_nlp.samplers.GreedySampler(),
            {"token_ids": prompt, "padding_mask": prompt != 0},
            stop_token_ids=[tokenizer.end_token_id],
        )
        tokens = np.where(continued["padding_mask"], continued["token_ids"], 0)[:, 1:]
        return {"token_ids": tokens, "length": np.sum(tokens != 0, axis=1)}

    return generate


class _Examples:
    """Inputs to compare the runtimes with: drawn once, by a fixed seed."""

    def __init__(self, task):
        self.state_shape = task.backbone.state_shape
        self.vocabulary_size = task.backbone.vocabulary_size
        self.dtype = task.backbone.compute_dtype

    def sequences(self, lengths):
        rng = np.random.default_rng(0)
        token_ids = rng.integers(3, self.vocabulary_size, (len(lengths), max(lengths)))
        present = np.arange(max(lengths)) < np.array(lengths)[:, None]
        return np.where(present, token_ids, 0).astype("int32")

    def score(self):
        return [
            {"token_ids": self.sequences([40])},
            {"token_ids": self.sequences([7, 64, 1, 0])},
            {"token_ids": self.sequences([0])},
        ]

    def generate(self):
        settings = [
            ([24], 64, 0.0),
            ([9, 24, 0], 64, 0.0),
            ([9, 24, 0], 64, 1.0),
            ([0], 1, 0.7),
        ]
        return [
            {
                "token_ids": self.sequences(lengths),
                "length": np.int32(length),
                "temperature": np.float32(temperature),
                "seed": np.int32(7),
            }
            for lengths, length, temperature in settings
        ]

    def step(self):
        # One token, and every token there is.
        rng = np.random.default_rng(1)
        return [
            {
                "token_ids": np.array(token_ids, "int32"),
                "states": rng.normal(0, 0.5, (len(token_ids), *self.state_shape)).astype(
                    self.dtype
                ),
            }
            for token_ids in ([3], range(self.vocabulary_size))
        ]
