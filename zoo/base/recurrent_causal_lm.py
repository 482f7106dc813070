"""The base of the models that continue a sequence of tokens."""

import keras
import keras_nlp
import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.zoo.base.step_decoder import StepDecoder
from seqzoo.zoo.base.token_signatures import token_signatures
from seqzoo.zoo.base.zoo_task import ZooTask


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
        super().__init__(inputs=inputs, outputs=token_logits(backbone(inputs)), **kwargs)
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.token_logits = token_logits

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

    def preprocess_samples(self, x, y=None, sample_weight=None):
        """Preprocesses raw inputs; token ids that were preprocessed before pass unchanged."""
        if isinstance(x, dict):
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return super().preprocess_samples(x, y, sample_weight)

    def fit(self, x=None, batch_size=None, validation_data=None, **kwargs):
        """Trains on raw inputs of any length, or on a dataset of preprocessed windows.

        Args:
            x: Raw inputs (a list, or an unbatched `tf.data.Dataset`), or a batched dataset of
                `(x, y, sample_weight)` as the preprocessor gives.
            batch_size: Windows in a batch. Defaults to 32.
            validation_data: Like `x`.
            **kwargs: Of `keras.Model.fit`.

        Returns:
            The `keras.callbacks.History`.
        """
        x = self._windows(x, batch_size, shuffle=kwargs.pop("shuffle", True))
        validation_data = self._windows(validation_data, batch_size)
        return super().fit(x=x, validation_data=validation_data, shuffle=False, **kwargs)

    def evaluate(self, x=None, batch_size=None, **kwargs):
        """The loss and metrics on raw inputs of any length, or on preprocessed windows.

        The states start anew in every window; `score` reads every input in one go.
        """
        if kwargs.get("_use_cached_eval_dataset", False):
            return super().evaluate(x=x, **kwargs)
        return super().evaluate(x=self._windows(x, batch_size), **kwargs)

    def _windows(self, x, batch_size, shuffle=False):
        preprocessed = isinstance(x, tf.data.Dataset) and isinstance(x.element_spec, tuple)
        if x is None or preprocessed or self.preprocessor is None:
            return x
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
        signature = self.signatures()["score"]
        score = tf.function(signature.function, input_signature=list(signature.inputs.values()))
        batches = [
            score(keras.utils.pad_sequences(sequences[start : start + batch_size], padding="post"))
            for start in range(0, len(sequences), batch_size)
        ]
        return {
            "log_probability": np.concatenate([b["log_probability"] for b in batches], dtype=float),
            "length": np.concatenate([b["length"] for b in batches], dtype=int),
        }

    def signatures(self):
        """What the exported model answers to, by name: `generate`, `score` and `step`."""
        return token_signatures(self)

    def next_logits(self, token_ids, states):
        """One time step: the logits `(batch, vocabulary)` behind `token_ids` `(batch,)`.

        Returns:
            The logits and the new states.
        """
        outputs, states = self.backbone.step(token_ids, states)
        return self.token_logits(outputs), states

    def generable(self, logits, may_end=True):
        """Logits from which a token can be drawn: never padding, never a second start.

        Args:
            logits: `(batch, vocabulary)`.
            may_end: Whether the end token can be drawn. Defaults to `True`.
        """
        tokenizer = self.preprocessor.tokenizer
        never = np.zeros(self.backbone.vocabulary_size, "float32")
        never[[tokenizer.pad_token_id, tokenizer.start_token_id]] = -1e9
        if not may_end:
            never[tokenizer.end_token_id] = -1e9
        return ops.cast(logits, "float32") + never

    def through_steps(self, step):
        """The signatures that a phone composes from `step`; see `StepDecoder`."""
        tokenizer = self.preprocessor.tokenizer
        return StepDecoder(
            step,
            self.backbone.state_shape,
            start=tokenizer.start_token_id,
            end=tokenizer.end_token_id,
            pad=tokenizer.pad_token_id,
        )

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
        token_ids, padding_mask = inputs["token_ids"], ops.cast(inputs["padding_mask"], "bool")
        lengths = ops.sum(ops.cast(padding_mask, "int32"), axis=-1)
        index = ops.min(lengths)
        # The token before `index` starts the sampling loop; all before it go into the states.
        seen = ops.arange(ops.shape(token_ids)[1]) < index - 1
        _, states = self.backbone.run(
            token_ids,
            ops.broadcast_to(seen[None], ops.shape(token_ids)),
            self.backbone.initial_states(ops.shape(token_ids)[0]),
        )

        def next_token(prompt, cache, index):
            previous = ops.take(prompt, index - 1, axis=1)
            logits, cache = self.next_logits(previous, cache)
            return self.generable(logits, may_end=stop_token_ids is not None), None, cache

        token_ids = self.sampler(
            next=next_token,
            prompt=token_ids,
            cache=states,
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
