"""Layers that convert tokens to frames."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.frame_generator.tokens import MARK


@keras.saving.register_keras_serializable("seqzoo")
class FramesOfTokens(keras.layers.Layer):
    """Assembles tokens into frames, without weights.

    Args:
        vocabulary_size: Number of tokens.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        token_ids: Integers `(batch, time)`.
        padding_mask: Booleans `(batch, time)`; tokens where it is false are ignored.
        begun: The partial frame before the tokens, `(batch, keys)`. Defaults to an empty frame.

    Returns:
        - `frames` `(batch, frames, keys)`: 1 for every sounding key. The incomplete frame follows
          the complete ones.
        - `complete` `(batch, frames)`: whether a frame has its end mark.
        - `finished` `(batch, time)`: the number of complete frames once a token is read.
        - `so_far` `(batch, time, keys)`: the frame of a token, up to and including the token.
    """

    def __init__(self, vocabulary_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.keys = vocabulary_size - MARK - 1

    def keys_of(self, token_ids: Tensor) -> Tensor:
        """Returns one-hot keys of tokens, `(..., keys)`; zeros for tokens that are not keys."""
        return ops.one_hot(token_ids - MARK - 1, self.keys, dtype="float32")

    def call(
        self, token_ids: Tensor, padding_mask: Tensor, begun: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See the class. Counts are float32, which represents them exactly."""
        keys = self.keys_of(ops.where(padding_mask, token_ids, 0))
        is_mark = ops.logical_and(ops.equal(token_ids, MARK), padding_mask)
        finished = ops.cumsum(ops.cast(is_mark, "int32"), axis=1)
        frames = _sums(keys, finished)
        # Keys up to a token, minus those of the frames that are complete by then.
        before = ops.cumsum(frames, axis=1) - frames
        so_far = ops.cumsum(keys, axis=1) - tf.gather(before, finished, batch_dims=1)
        if begun is not None:
            begun = ops.expand_dims(ops.cast(begun, "float32"), 1)
            frames = ops.concatenate([frames[:, :1] + begun, frames[:, 1:]], axis=1)
            in_begun = ops.cast(ops.equal(finished, 0), "float32")
            so_far = so_far + ops.expand_dims(in_begun, -1) * begun
        complete = ops.arange(ops.shape(frames)[1]) < finished[:, -1:]
        dtype = self.compute_dtype
        return ops.cast(frames, dtype), complete, finished, ops.cast(so_far, dtype)

    def compute_output_spec(
        self, token_ids: Tensor, padding_mask: Tensor, begun: Tensor | None = None
    ) -> tuple[keras.KerasTensor, ...]:
        """Returns the shapes and dtypes of the outputs of `call`."""
        batch, time = token_ids.shape
        return (
            keras.KerasTensor((batch, None, self.keys), self.compute_dtype),
            keras.KerasTensor((batch, None), "bool"),
            keras.KerasTensor((batch, time), "int32"),
            keras.KerasTensor((batch, time, self.keys), self.compute_dtype),
        )

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}


def _sums(values, places):
    """Sums `values` `(batch, time, size)` by index to `(batch, places, size)`."""
    size = values.shape[-1]
    batch = tf.shape(values)[0]
    # The maximum over an empty batch is undefined.
    count = tf.maximum(tf.reduce_max(places) + 1, 1)
    rows = tf.range(batch)[:, None] * count
    sums = tf.math.unsorted_segment_sum(
        tf.reshape(values, [-1, size]), tf.reshape(rows + places, [-1]), batch * count
    )
    return tf.reshape(sums, [batch, count, size])


@keras.saving.register_keras_serializable("seqzoo")
class GatherFrames(keras.layers.Layer):
    """Gathers, for every token, the value of the last complete frame.

    Call arguments:
        values: `(batch, frames, size)`, one for each frame.
        finished: Integers `(batch, time)`, the number of complete frames at each token.
        first: `(batch, size)`, for tokens before the first complete frame. `None` stands for zeros.

    Returns:
        `(batch, time, size)`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, *_: Any) -> Any:
        """Returns `None`, because the mask of the values belongs to frames, not tokens."""

    def call(self, values: Tensor, finished: Tensor, first: Tensor | None = None) -> Tensor:
        """See the class."""
        first = ops.zeros_like(values[:, 0]) if first is None else first
        values = ops.concatenate([ops.expand_dims(first, 1), values], axis=1)
        return tf.gather(values, finished, batch_dims=1)

    def compute_output_spec(
        self, values: Tensor, finished: Tensor, first: Tensor | None = None
    ) -> keras.KerasTensor:
        """Returns the output spec, `(batch, time, size)`."""
        return keras.KerasTensor((*finished.shape, values.shape[-1]), self.compute_dtype)
