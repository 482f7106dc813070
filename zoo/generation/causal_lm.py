"""Base class of recurrent causal language models."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import keras
import keras_nlp
import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask
from seqzoo.zoo.generation.backbone import StepwiseBackbone
from seqzoo.zoo.generation.constraints import NoConstraint, SamplingConstraint
from seqzoo.zoo.generation.masking import MASKED_LOGIT
from seqzoo.zoo.generation.signatures import tflite_token_signatures, token_signatures
from seqzoo.zoo.generation.step import GenerationStep
from seqzoo.zoo.generation.streaming import stream_function
from seqzoo.zoo.generation.window_preprocessor import WindowPreprocessor


class RecurrentCausalLM(ZooTask, keras_nlp.models.CausalLM):
    """Predicts the next token with a recurrent network.

    A `keras_nlp.models.CausalLM` whose cache is the recurrent state, so that the cost per token
    does not grow with the length of the context. `fit` and `evaluate` take raw inputs of any length
    and cut them into windows of the preprocessor's `sequence_length`, so that every token is
    predicted once. `predict` returns the logits of the first window, as keras-hub's models do.

    Args:
        backbone: A `StepwiseBackbone`.
        preprocessor: A `WindowPreprocessor`, or `None` to work on token ids.
        **kwargs: Arguments of `keras_nlp.models.CausalLM`.
    """

    raw_names = ("inputs",)

    def __init__(
        self,
        backbone: StepwiseBackbone,
        preprocessor: WindowPreprocessor | None = None,
        **kwargs: Any,
    ) -> None:
        token_logits = keras.layers.Dense(
            backbone.vocabulary_size, dtype=backbone.dtype_policy, name="token_logits"
        )
        inputs = backbone.input
        logits = self.mask_transitions(token_logits(backbone(inputs)), inputs["token_ids"])
        super().__init__(inputs=inputs, outputs=logits, **kwargs)
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.token_logits = token_logits

    @classmethod
    def untrained(
        cls, tokenizer: keras_nlp.tokenizers.Tokenizer, sequence_length: int, **sizes: Any
    ) -> Self:
        """Creates an untrained model from `backbone_cls` and `preprocessor_cls`.

        Args:
            tokenizer: A `keras_nlp.tokenizers.Tokenizer`; see `WindowPreprocessor`.
            sequence_length: Number of tokens in a training window.
            **sizes: Arguments of the backbone, except its vocabulary size.
        """
        backbone = cls.backbone_cls(vocabulary_size=tokenizer.vocabulary_size(), **sizes)
        return cls(backbone, cls.preprocessor_cls(tokenizer, sequence_length))

    def default_metrics(self) -> list[keras.metrics.Metric]:
        """Returns the metrics of `RawInputTask` and `perplexity`."""
        nats_per_token, accuracy = super().default_metrics()
        perplexity = keras_nlp.metrics.Perplexity(from_logits=True, name="perplexity")
        return [nats_per_token, perplexity, accuracy]

    def compile(
        self,
        optimizer: Any = "auto",
        loss: Any = "auto",
        *,
        weighted_metrics: Any = "auto",
        sampler: str | keras_nlp.samplers.Sampler = "top_k",
        **kwargs: Any,
    ) -> None:
        """Configures training and generation; see `ZooTask` and `keras_nlp.models.CausalLM`."""
        super().compile(
            optimizer=optimizer,
            loss=loss,
            weighted_metrics=weighted_metrics,
            sampler=sampler,
            **kwargs,
        )
        self.stream_function: Any = None

    def is_raw(self, x: Any) -> bool:
        """See `RawInputTask.is_raw`; a `tf.data.Dataset` may also hold raw inputs."""
        if isinstance(x, tf.data.Dataset):
            return self.preprocessor is not None and isinstance(x.element_spec, tf.TensorSpec)
        return super().is_raw(x)

    def raw_examples(self, x: Any) -> Any:
        """Returns raw inputs as an array."""
        return self.preprocessor.raw(x)

    def training_batches(
        self, x: Any, y: Any = None, batch_size: int | None = None, shuffle: bool = False
    ) -> tf.data.Dataset:
        """Returns batches of windows, in which every token is predicted from those before it.

        States are reset at the start of every window, whereas `score` reads every input in one
        pass.

        Raises:
            ValueError: If `y` is given: the targets come from the raw inputs themselves.
        """
        if y is not None:
            raise ValueError(
                "Argument `y` must be None with raw inputs, which are their own targets."
            )
        return self.preprocessor.windows(x, shuffle=shuffle).batch(batch_size or 32)

    def predict_raw(self, x: Any, batch_size: int | None = None, **kwargs: Any) -> np.ndarray:
        """Returns the logits `(inputs, time, vocabulary)` of the first window of each input."""
        x = self.preprocessor.raw(x)
        if not isinstance(x, tf.data.Dataset):
            if not len(x):
                raise ValueError("There are no inputs: give at least one.")
            x = tf.data.Dataset.from_tensor_slices(x)
        if x.element_spec.shape.rank == 0:
            x = x.batch(batch_size or 32)
        return self.predict(x.map(self.preprocess_samples), **kwargs)

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Preprocesses raw inputs in any form; see `RawInputTask`."""
        if self.preprocessor is not None and not isinstance(x, dict) and not tf.is_tensor(x):
            x = self.preprocessor.raw(x)
        return super().preprocess_samples(x, y, sample_weight)

    def score(self, inputs: Any, batch_size: int = 8) -> dict[str, np.ndarray]:
        """Returns the log-probability of each input, read in one pass.

        Args:
            inputs: Raw inputs: a list or an unbatched `tf.data.Dataset`.
            batch_size: Inputs in a batch. Defaults to 8.

        Returns:
            A dictionary of arrays `(inputs,)`: `log_probability`, float64, in nats; and `length`,
            int64, the number of tokens that were summed over, the end token included.
        """
        self.check_preprocessor()
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
        return tf.function(
            signature.function,
            input_signature=list(signature.inputs.values()),
            autograph=False,
        )

    def signatures(self) -> dict[str, Signature]:
        """Returns the signatures `generate`, `score` and `step` of the SavedModel."""
        self.check_preprocessor()
        return token_signatures(self)

    def tflite_signatures(self) -> dict[str, Signature]:
        """Returns the signatures `generate`, `score` and `step` of the TFLite file."""
        self.check_preprocessor()
        return tflite_token_signatures(self)

    def tflite_files(self) -> dict[str, str | bytes]:
        """Returns the vocabulary file; see `saved_model_files`."""
        return {**self.saved_model_files()}

    def saved_model_files(self) -> dict[str, str]:
        """Returns the vocabulary file: one token per line, in the order of ids."""
        return {"vocabulary.txt": "\n".join(self.preprocessor.tokenizer.get_vocabulary()) + "\n"}

    def transition_mask(self, vocabulary_size: int) -> np.ndarray | None:
        """Returns booleans `(vocabulary, vocabulary)`: whether token `j` may follow token `i`.

        `None`, the default, allows all transitions. Called before the preprocessor is set.

        Args:
            vocabulary_size: Vocabulary size of the backbone.
        """
        return None

    def mask_transitions(self, logits: Tensor, token_ids: Tensor) -> Tensor:
        """Returns logits that give tokens ruled out by `transition_mask` no probability.

        Args:
            logits: `(..., vocabulary)`.
            token_ids: The preceding tokens, integers `(...)`.
        """
        transition_mask = self.transition_mask(logits.shape[-1])
        if transition_mask is None:
            return logits
        added, row_of_token = _rows_by_kind(transition_mask.tobytes(), len(transition_mask))
        added = ops.cast(added, logits.dtype)
        return logits + ops.take(added, ops.take(row_of_token, token_ids), axis=0)

    def logits(self, outputs: Tensor, token_ids: Tensor) -> Tensor:
        """Returns the logits `(..., vocabulary)` of the next tokens.

        Args:
            outputs: Outputs of the backbone, `(..., units)`.
            token_ids: The last tokens that it read, integers `(...)`.
        """
        return self.mask_transitions(self.token_logits(outputs), token_ids)

    def next_logits(self, token_ids: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Runs one time step.

        Args:
            token_ids: Integers `(batch,)`.
            states: The states before these tokens.

        Returns:
            The logits `(batch, vocabulary)` of the next tokens, and the new states.
        """
        outputs, states = self.backbone.step(token_ids, states)
        return self.logits(outputs, token_ids), states

    def mask_special_tokens(
        self, logits: Tensor, may_end: bool = True, allowed: Tensor | None = None
    ) -> Tensor:
        """Returns logits for sampling that exclude the padding and start tokens.

        Without a preprocessor, which knows these tokens, none are excluded.

        Args:
            logits: `(batch, vocabulary)`.
            may_end: Whether the end token may be sampled. Defaults to `True`.
            allowed: Booleans `(batch, vocabulary)`: the tokens that may be sampled. In every row,
                at least one must be neither padding nor the start token. Defaults to all tokens.
        """
        if self.preprocessor is None:
            return logits
        tokenizer = self.preprocessor.tokenizer
        never = np.zeros(self.backbone.vocabulary_size, "float32")
        never[[tokenizer.pad_token_id, tokenizer.start_token_id]] = MASKED_LOGIT
        if not may_end:
            never[tokenizer.end_token_id] = MASKED_LOGIT
        logits = ops.cast(logits, "float32") + never
        return logits if allowed is None else ops.where(allowed, logits, MASKED_LOGIT)

    def sampling_constraint(self) -> SamplingConstraint | NoConstraint:
        """Returns the sampling constraint; by default it allows all tokens.

        Unlike `transition_mask`, it restricts generation only: tokens that it forbids keep their
        probability in scores and in the logits of `step`.
        """
        return NoConstraint()

    def generate_step(
        self, inputs: Mapping[str, Tensor], stop_token_ids: Sequence[int] | None = None
    ) -> dict[str, Tensor]:
        """Continues a batch of prompts; called by `generate`.

        Args:
            inputs: `token_ids` and `padding_mask`, both `(batch, time)`, with the prompts on the
                left.
            stop_token_ids: Tokens that end a sequence. With `None`, sequences fill the array.

        Returns:
            The same arrays, filled up to the stop token or the end of the array.
        """
        return self.continue_with(self.sampler, inputs, stop_token_ids)

    def make_stream_function(self) -> Callable[..., Any]:
        """Creates or returns the compiled step of streaming; see `stream_tokens`."""
        if self.stream_function is None:
            self.stream_function = stream_function(self)
        return self.stream_function

    def continue_with(
        self,
        sampler: keras_nlp.samplers.Sampler,
        inputs: Mapping[str, Tensor],
        stop_token_ids: Sequence[int] | None = None,
    ) -> dict[str, Tensor]:
        """Runs `generate_step` with the given sampler."""
        token_ids = ops.convert_to_tensor(inputs["token_ids"])
        padding_mask = ops.cast(inputs["padding_mask"], "bool")
        lengths = ops.sum(ops.cast(padding_mask, "int32"), axis=-1)
        index = ops.min(lengths)
        # The sampling loop starts with the token before `index`; earlier ones go into the states.
        step = GenerationStep(self)
        states = step.read(token_ids, index - 1)

        def next_token(prompt, cache, index):
            previous = ops.take(prompt, index - 1, axis=1)
            logits, states = step(previous, cache, may_end=stop_token_ids is not None)
            return logits, None, states

        token_ids = sampler(
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


@functools.lru_cache(maxsize=16)
def _rows_by_kind(transition_mask, vocabulary_size):
    """Returns the distinct rows of additive masks, and the row index of every token.

    Most tokens share their row with others, so the distinct rows make a small constant to export.
    Finding them is slow compared with one time step, hence the cache.
    """
    mask = np.frombuffer(transition_mask, bool).reshape(vocabulary_size, vocabulary_size)
    rows, row_of_token = np.unique(mask, axis=0, return_inverse=True)
    return np.where(rows, 0, MASKED_LOGIT), row_of_token.astype("int32")


def _until_stop(token_ids, padding_mask, stop_token_ids):
    """Returns a mask that is true up to and including the first stop token after the prompt."""
    if stop_token_ids is None:
        return ops.ones_like(token_ids, dtype="bool")
    stops = ops.zeros_like(padding_mask)
    for stop in stop_token_ids:
        stops = ops.logical_or(stops, ops.equal(token_ids, stop))
    stops = ops.cast(ops.logical_and(stops, ops.logical_not(padding_mask)), "int32")
    return ops.equal(ops.cumsum(stops, axis=-1) - stops, 0)
