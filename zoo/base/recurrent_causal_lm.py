"""The base of the models that continue a sequence of tokens."""

import functools

import keras
import keras_nlp
import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.zoo.base.drawing_rule import NoRule
from seqzoo.zoo.base.token_signatures import tflite_token_signatures, token_signatures
from seqzoo.zoo.base.token_stream import stream_function
from seqzoo.zoo.base.zoo_task import ZooTask

IMPOSSIBLE = -1e4
"""Added to logits of what cannot follow: its probability is 0 in float32, and float16 holds it."""

# Far below what cannot follow: if nothing that may be drawn can follow, it is drawn still.
_NEVER = -1e9


class RecurrentCausalLM(ZooTask, keras_nlp.models.CausalLM):
    """Predicts the next token with a recurrent network.

    A `keras_nlp.models.CausalLM` whose cache is the recurrent state: the cost of a token does
    not grow with what came before. `fit` and `evaluate` take raw inputs of any length and cut
    them into windows of the preprocessor's `sequence_length`, so that every token is predicted
    once; `predict` gives the logits of the first window, as keras-hub's models do.

    Args:
        backbone: A `RecurrentBackbone`.
        preprocessor: A `WindowPreprocessor`, or `None` to work on token ids.
        **kwargs: Of `keras_nlp.models.CausalLM`.
    """

    def __init__(self, backbone, preprocessor=None, **kwargs):
        token_logits = keras.layers.Dense(
            backbone.vocabulary_size, dtype=backbone.dtype_policy, name="token_logits"
        )
        inputs = backbone.input
        logits = self.possible(token_logits(backbone(inputs)), inputs["token_ids"])
        super().__init__(inputs=inputs, outputs=logits, **kwargs)
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.token_logits = token_logits

    @classmethod
    def untrained(cls, tokenizer, sequence_length, **sizes):
        """Makes an untrained model of what `backbone_cls` and `preprocessor_cls` are.

        Args:
            tokenizer: A `keras_nlp.tokenizers.Tokenizer`; see `WindowPreprocessor`.
            sequence_length: Tokens in a training window.
            **sizes: Of the backbone, without its vocabulary.
        """
        backbone = cls.backbone_cls(vocabulary_size=tokenizer.vocabulary_size(), **sizes)
        return cls(backbone, cls.preprocessor_cls(tokenizer, sequence_length))

    def compile(
        self, optimizer="auto", loss="auto", *, weighted_metrics="auto", sampler="top_k", **kwargs
    ):
        """Configures training and generation; see `keras_nlp.models.CausalLM.compile`.

        `"auto"` is Adam at 2e-3 with gradients clipped to norm 1, cross-entropy as the loss, and
        `nats_per_token`, `perplexity` and `accuracy` as metrics. Keras averages a loss over
        batches; the metrics weigh every token alike, however much padding its batch has.
        """
        if optimizer == "auto":
            optimizer = keras.optimizers.Adam(2e-3, clipnorm=1.0)
        if weighted_metrics == "auto":
            weighted_metrics = [
                keras.metrics.SparseCategoricalCrossentropy(
                    from_logits=True, name="nats_per_token"
                ),
                keras_nlp.metrics.Perplexity(from_logits=True, name="perplexity"),
                keras.metrics.SparseCategoricalAccuracy(name="accuracy"),
            ]
        super().compile(
            optimizer=optimizer,
            loss=loss,
            weighted_metrics=weighted_metrics,
            sampler=sampler,
            **kwargs,
        )
        self.stream_function = None

    def preprocess_samples(self, x, y=None, sample_weight=None):
        """Preprocesses raw inputs; token ids that were preprocessed before pass unchanged."""
        if self.preprocessor is None or isinstance(x, dict):
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        x = x if tf.is_tensor(x) else self.preprocessor.raw(x)
        return super().preprocess_samples(x, y, sample_weight)

    def fit(self, x=None, y=None, batch_size=None, validation_data=None, **kwargs):
        """Trains on raw inputs of any length, or on anything that `keras.Model.fit` takes.

        Args:
            x: Raw inputs (a list, or a `tf.data.Dataset`), cut into windows; or preprocessed
                inputs, as keras-hub's tasks take them.
            y: Targets of preprocessed inputs.
            batch_size: Windows in a batch. Defaults to 32.
            validation_data: Like `x`, or `(x, y)` or `(x, y, sample_weight)`.
            **kwargs: Of `keras_nlp.models.Task.fit`.

        Returns:
            The `keras.callbacks.History`.
        """
        if self._is_raw(x) and (validation_split := kwargs.pop("validation_split", None)):
            x = self.preprocessor.raw(x)
            split_at = int(len(x) * (1 - validation_split))
            x, validation_data = x[:split_at], x[split_at:]
        if self._is_raw(validation_data):
            validation_data = self._batches(validation_data, batch_size)
        if self._is_raw(x):
            x = self._batches(x, batch_size, shuffle=kwargs.pop("shuffle", True))
            batch_size, kwargs["shuffle"] = None, False
        return super().fit(
            x=x, y=y, batch_size=batch_size, validation_data=validation_data, **kwargs
        )

    def evaluate(self, x=None, y=None, batch_size=None, **kwargs):
        """The loss and metrics on raw inputs of any length, or on preprocessed ones.

        The states start anew in every window; `score` reads every input in one go.
        """
        if not kwargs.get("_use_cached_eval_dataset", False) and self._is_raw(x):
            x, batch_size = self._batches(x, batch_size), None
        return super().evaluate(x=x, y=y, batch_size=batch_size, **kwargs)

    def predict(self, x=None, batch_size=None, **kwargs):
        """The logits `(inputs, time, vocabulary)` of the first window of raw inputs."""
        if self._is_raw(x):
            x = self.preprocessor.raw(x)
            if isinstance(x, tf.data.Dataset) and x.element_spec.shape.rank == 0:
                x = x.batch(batch_size or 32)
        return super().predict(x=x, batch_size=batch_size, **kwargs)

    def _is_raw(self, x):
        """Whether something is raw inputs, not a dictionary or dataset of token ids."""
        if x is None or self.preprocessor is None or isinstance(x, (dict, keras.utils.PyDataset)):
            return False
        if isinstance(x, tf.data.Dataset):
            return isinstance(x.element_spec, tf.TensorSpec)
        return not (isinstance(x, tuple) and len(x) in (2, 3) and isinstance(x[0], dict))

    def _batches(self, x, batch_size, shuffle=False):
        return self.preprocessor.windows(x, shuffle=shuffle).batch(batch_size or 32)

    def score(self, inputs, batch_size=8):
        """The log-probability of whole inputs, each read in one go.

        Args:
            inputs: Raw inputs: a list, or an unbatched `tf.data.Dataset`.
            batch_size: Inputs in a batch. Defaults to 8.

        Returns:
            A dictionary of float64 and int64 arrays `(inputs,)`: `log_probability`, in nats,
            and `length`, the number of tokens it is the sum of, the end token included.
        """
        sequences = [ids[1:] for ids in self.preprocessor.token_ids(inputs)]
        batches = [
            self._score_function(
                keras.utils.pad_sequences(sequences[start : start + batch_size], padding="post")
            )
            for start in range(0, len(sequences), batch_size)
        ]
        return {
            "log_probability": np.concatenate([b["log_probability"] for b in batches], dtype=float),
            "length": np.concatenate([b["length"] for b in batches], dtype=int),
        }

    @functools.cached_property
    def _score_function(self):
        signature = self.signatures()["score"]
        return tf.function(signature.function, input_signature=list(signature.inputs.values()))

    def signatures(self):
        """What the exported model answers to, by name: `generate`, `score` and `step`."""
        return token_signatures(self)

    def tflite_signatures(self):
        """What the exported model answers to in TFLite's interpreter."""
        return tflite_token_signatures(self)

    def tflite_files(self):
        """The vocabulary: a token a line, by id."""
        return {"vocabulary.txt": "\n".join(self.preprocessor.tokenizer.get_vocabulary()) + "\n"}

    def successors(self, vocabulary_size):
        """Which tokens can follow which: booleans `(vocabulary, vocabulary)`, the first one first.

        `None`, as here, lets any token follow any. It is asked before there is a preprocessor.

        Args:
            vocabulary_size: Of the backbone.
        """
        return

    def possible(self, logits, token_ids):
        """Logits where tokens that cannot follow have no probability; see `successors`.

        Args:
            logits: `(..., vocabulary)`.
            token_ids: The tokens before, integers `(...)`.
        """
        successors = self.successors(logits.shape[-1])
        if successors is None:
            return logits
        # Tokens of a kind have the same successors: a row a kind is little to export.
        rows, row_of_token = np.unique(successors, axis=0, return_inverse=True)
        added = ops.cast(np.where(rows, 0, IMPOSSIBLE), logits.dtype)
        return logits + ops.take(added, ops.take(row_of_token.astype("int32"), token_ids), axis=0)

    def logits(self, outputs, token_ids):
        """The logits `(..., vocabulary)` of the next tokens.

        Args:
            outputs: Of the backbone, `(..., units)`.
            token_ids: The last tokens that it read, integers `(...)`.
        """
        return self.possible(self.token_logits(outputs), token_ids)

    def next_logits(self, token_ids, states):
        """One time step: the logits `(batch, vocabulary)` behind `token_ids` `(batch,)`.

        Returns:
            The logits and the new states.
        """
        outputs, states = self.backbone.step(token_ids, states)
        return self.logits(outputs, token_ids), states

    def generable(self, logits, may_end=True, allowed=None):
        """Logits from which a token can be drawn: never padding, never a second start.

        Without a preprocessor, which knows these tokens, any can be drawn.

        Args:
            logits: `(batch, vocabulary)`.
            may_end: Whether the end token can be drawn. Defaults to `True`.
            allowed: Booleans `(batch, vocabulary)`: only these tokens can be drawn. One at least
                must be neither padding nor the start. Defaults to all.
        """
        if self.preprocessor is None:
            return logits
        tokenizer = self.preprocessor.tokenizer
        never = np.zeros(self.backbone.vocabulary_size, "float32")
        never[[tokenizer.pad_token_id, tokenizer.start_token_id]] = _NEVER
        if not may_end:
            never[tokenizer.end_token_id] = _NEVER
        logits = ops.cast(logits, "float32") + never
        return logits if allowed is None else ops.where(allowed, logits, _NEVER)

    def drawing_rule(self):
        """What can be drawn behind all that is written: a `DrawingRule`, or none, as here.

        Unlike what cannot follow, what cannot be drawn keeps its probability in scores and in the
        logits of a step.
        """
        return NoRule()

    def generate_step(self, inputs, stop_token_ids=None):
        """Continues a batch of prompts; called by `generate`.

        Args:
            inputs: `token_ids` and `padding_mask`, both `(batch, time)`, the prompts on the
                left.
            stop_token_ids: Tokens that end a sequence; with `None` it goes on to the end of
                the array.

        Returns:
            The same, filled up to the stop token or the end.
        """
        return self.continue_with(self.sampler, inputs, stop_token_ids)

    def make_stream_function(self):
        """Creates or returns the compiled step of a stream; see `stream_tokens`."""
        if self.stream_function is None:
            self.stream_function = stream_function(self)
        return self.stream_function

    def continue_with(self, sampler, inputs, stop_token_ids=None):
        """`generate_step` with a sampler of its own."""
        token_ids = ops.convert_to_tensor(inputs["token_ids"])
        padding_mask = ops.cast(inputs["padding_mask"], "bool")
        lengths = ops.sum(ops.cast(padding_mask, "int32"), axis=-1)
        index = ops.min(lengths)
        # The token before `index` starts the sampling loop; all before it go into the states.
        seen = ops.arange(ops.shape(token_ids)[1]) < index - 1
        _, states = self.backbone.run(
            token_ids,
            ops.broadcast_to(seen[None], ops.shape(token_ids)),
            self.backbone.initial_states(ops.shape(token_ids)[0]),
        )

        rule = self.drawing_rule()

        def next_token(prompt, cache, index):
            states, demands = cache
            previous = ops.take(prompt, index - 1, axis=1)
            logits, states = self.next_logits(previous, states)
            demands = rule.behind(demands, previous)
            may_end = stop_token_ids is not None
            logits = self.generable(logits, may_end, rule.drawable(demands))
            return logits, None, (states, demands)

        token_ids = sampler(
            next=next_token,
            prompt=token_ids,
            cache=(states, rule.behind_all(token_ids[:, : index - 1])),
            index=index,
            mask=padding_mask,
            stop_token_ids=stop_token_ids,
            model=self,
        )
        return {
            "token_ids": token_ids,
            "padding_mask": _until_stop(token_ids, padding_mask, stop_token_ids),
        }


def _until_stop(token_ids, padding_mask, stop_token_ids):
    """True up to and with the first stop token behind the prompt."""
    if stop_token_ids is None:
        return ops.ones_like(token_ids, dtype="bool")
    stops = ops.zeros_like(padding_mask)
    for stop in stop_token_ids:
        stops = ops.logical_or(stops, ops.equal(token_ids, stop))
    stops = ops.cast(ops.logical_and(stops, ops.logical_not(padding_mask)), "int32")
    return ops.equal(ops.cumsum(stops, axis=-1) - stops, 0)
