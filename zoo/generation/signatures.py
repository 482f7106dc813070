"""Export signatures of causal language models.

They use core TensorFlow operations only, so that TensorFlow Serving and the C runtime can run them.
The same functions are traced for TFLite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from seqzoo.core.limits import MAX_LENGTH
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.generation.decoding import decode
from seqzoo.zoo.generation.examples import TokenExamples
from seqzoo.zoo.generation.references import (
    greedy_by_sampler,
    score_by_training_graph,
    step_by_sequence,
)
from seqzoo.zoo.generation.sampling import sample_tokens, temperature_checks
from seqzoo.zoo.generation.step import GenerationStep

if TYPE_CHECKING:
    from seqzoo.zoo.generation.causal_lm import RecurrentCausalLM


_SEQUENCES = tf.TensorSpec([None, None], tf.int32)
_INTEGER, _NUMBER = tf.TensorSpec([], tf.int32), tf.TensorSpec([], tf.float32)


def token_signatures(task: RecurrentCausalLM) -> dict[str, Signature]:
    """Returns the SavedModel signatures of a `RecurrentCausalLM`.

    Token id 0 is padding, and sequences do not contain the start token.

    - `generate`: `token_ids` `(batch, time)` int32, padded on the right, may be empty;
      `length`, the number of tokens to add, at most `MAX_LENGTH`; `temperature`, where 0 selects
      the most likely token; `seed` -> `token_ids` `(batch, time + length)` and `length` `(batch,)`.
    - `score`: `token_ids` `(batch, time)` -> `log_probability` `(batch,)` in nats, and `length`
      `(batch,)`, the number of tokens that were summed over.
    - `step`: `token_ids` `(batch,)` and `states` -> `logits` `(batch, vocabulary)` and the new
      `states`; the first call takes the start token and zero states.
    """

    def generate(token_ids, length, temperature, seed):
        def uniform(index):
            return tf.random.stateless_uniform([tf.shape(token_ids)[0]], tf.stack([seed, index]))

        return _generate(task, token_ids, length, temperature, uniform)

    inputs = {
        "token_ids": _SEQUENCES,
        "length": _INTEGER,
        "temperature": _NUMBER,
        "seed": _INTEGER,
    }
    examples = TokenExamples(task).generate()
    reference = greedy_by_sampler(task)
    return {
        "generate": Signature(generate, inputs, examples, reference),
        **_score_and_step(task),
    }


def tflite_token_signatures(task: RecurrentCausalLM) -> dict[str, Signature]:
    """Returns the TFLite signatures of a `RecurrentCausalLM`.

    `score` and `step` are those of `token_signatures`. TFLite has no random numbers, so `generate`
    takes `token_ids`, `temperature` and `noise` `(batch, length)`: uniform random numbers from
    [0, 1), one for every token to add.
    """

    def generate(token_ids, temperature, noise):
        prompt_lengths = _lengths(token_ids)

        def uniform(index):
            added = tf.clip_by_value(index - prompt_lengths, 0, tf.shape(noise)[1] - 1)
            return tf.gather(noise, added, batch_dims=1)

        return _generate(task, token_ids, tf.shape(noise)[1], temperature, uniform)

    inputs = {
        "token_ids": _SEQUENCES,
        "temperature": _NUMBER,
        "noise": tf.TensorSpec([None, None], tf.float32),
    }
    examples = TokenExamples(task).generate_by_noise()
    reference = greedy_by_sampler(task)
    return {
        "generate": Signature(generate, inputs, examples, reference),
        **_score_and_step(task),
    }


def _score_and_step(task):
    examples = TokenExamples(task)
    states = tf.TensorSpec([None, *task.backbone.state_shape], task.backbone.state_dtype)
    return {
        "score": Signature(
            _score_function(task),
            {"token_ids": _SEQUENCES},
            examples.score(),
            reference=score_by_training_graph(task),
        ),
        "step": Signature(
            _step_function(task),
            {"token_ids": tf.TensorSpec([None], tf.int32), "states": states},
            examples.step(),
            reference=step_by_sequence(task),
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
        logits = tf.cast(task.logits(outputs, shifted), tf.float32)
        chosen = tf.gather(tf.nn.log_softmax(logits), token_ids, batch_dims=2)
        return {
            "log_probability": tf.reduce_sum(tf.where(present, chosen, 0.0), axis=-1),
            "length": _lengths(token_ids),
        }

    def score_any_length(token_ids):
        # A loop over zero time steps has no first step to infer shapes from.
        width = tf.maximum(tf.shape(token_ids)[1], 1)
        return score(tf.pad(token_ids, [[0, 0], [0, width - tf.shape(token_ids)[1]]]))

    return score_any_length


def _generate(task, token_ids, length, temperature, uniform):
    """Continues sequences; `uniform(index)` returns numbers from [0, 1) for the next tokens."""
    start = task.preprocessor.tokenizer.start_token_id
    end = task.preprocessor.tokenizer.end_token_id
    with tf.control_dependencies(_generation_checks(task, token_ids, length, temperature)):
        batch = tf.shape(token_ids)[0]
        # Padding by an unchecked length would fail before the check can report it.
        length = tf.identity(length)
    prompt_lengths = _lengths(token_ids)
    next_logits = GenerationStep(task)

    def add_token(index, previous, states, ended, tokens):
        logits, states = next_logits(previous, states)
        sampled = sample_tokens(logits, temperature, uniform(index))
        token = tf.where(index < prompt_lengths, tokens[:, index], sampled)
        ended = tf.logical_or(ended, index >= prompt_lengths + length)
        token = tf.where(ended, 0, token)
        ended = tf.logical_or(ended, tf.logical_and(index >= prompt_lengths, token == end))
        return token, states, ended, tokens

    written, _ = decode(
        add_token,
        next_logits.initial_states(batch),
        tf.fill([batch], start),
        # Once all rows have ended, the rest stays padding.
        tf.ensure_shape(tf.pad(token_ids, [[0, 0], [0, length]]), [None, None]),
    )
    return {"token_ids": written, "length": _lengths(written)}


def _lengths(token_ids):
    return tf.reduce_sum(tf.cast(tf.not_equal(token_ids, 0), tf.int32), axis=-1)


def _generation_checks(task, token_ids, length, temperature):
    return [
        *_sequence_checks(task, token_ids),
        tf.debugging.assert_greater_equal(length, 1, "length must be at least 1"),
        tf.debugging.assert_less_equal(length, MAX_LENGTH, f"length is above {MAX_LENGTH}"),
        *temperature_checks(temperature),
    ]


def _sequence_checks(task, token_ids):
    """Returns assertions against unknown tokens and padding on the left."""
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
