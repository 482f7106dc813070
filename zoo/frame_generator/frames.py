"""From tokens to the frames that they write."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.frame_generator.tokens import MARK


@keras.saving.register_keras_serializable("seqzoo")
class FramesOfTokens(keras.layers.Layer):
    """Puts tokens together to frames; exact, and without weights.

    Args:
        vocabulary_size: Number of tokens.
        **kwargs: Of `keras.layers.Layer`.

    Call arguments:
        token_ids: Integers `(batch, time)`.
        padding_mask: Booleans `(batch, time)`; tokens where it is false are not read.
        begun: The frame that was begun before the tokens, `(batch, keys)`. Defaults to none.

    Returns:
        - `frames` `(batch, frames, keys)`: 1 at every key that sounds. Behind the frames that
          are complete stands the one that is not.
        - `complete` `(batch, frames)`: whether a frame has its mark.
        - `finished` `(batch, time)`: how many frames are complete when a token is read.
        - `so_far` `(batch, time, keys)`: the frame in which it is, up to the token.
    """

    def __init__(self, vocabulary_size: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.keys = vocabulary_size - MARK - 1

    def keys_of(self, token_ids: Tensor) -> Tensor:
        """1 at the key of a token, `(..., keys)`; nothing at a token that is no key."""
        return ops.one_hot(token_ids - MARK - 1, self.keys, dtype="float32")

    def call(
        self, token_ids: Tensor, padding_mask: Tensor, begun: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See above. Counts are float32, which holds them exactly."""
        keys = self.keys_of(ops.where(padding_mask, token_ids, 0))
        is_mark = ops.logical_and(ops.equal(token_ids, MARK), padding_mask)
        finished = ops.cumsum(ops.cast(is_mark, "int32"), axis=1)
        frames = _sums(keys, finished)
        # Keys up to a token, less those of the frames that are complete by then.
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
        """Shapes and types of what `call` returns."""
        batch, time = token_ids.shape
        return (
            keras.KerasTensor((batch, None, self.keys), self.compute_dtype),
            keras.KerasTensor((batch, None), "bool"),
            keras.KerasTensor((batch, time), "int32"),
            keras.KerasTensor((batch, time, self.keys), self.compute_dtype),
        )

    def get_config(self) -> Config:
        """Every constructor argument."""
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}


def _sums(values, places):
    """Sums of `values` `(batch, time, size)` by place, `(batch, places, size)`."""
    size = values.shape[-1]
    batch = tf.shape(values)[0]
    # An empty batch has no largest place.
    count = tf.maximum(tf.reduce_max(places) + 1, 1)
    rows = tf.range(batch)[:, None] * count
    sums = tf.math.unsorted_segment_sum(
        tf.reshape(values, [-1, size]), tf.reshape(rows + places, [-1]), batch * count
    )
    return tf.reshape(sums, [batch, count, size])


@keras.saving.register_keras_serializable("seqzoo")
class GatherFrames(keras.layers.Layer):
    """For every token what belongs to the frames before its own.

    Call arguments:
        first: `(batch, size)`, for tokens before which no frame is complete; zeros with `None`.
        values: `(batch, frames, size)`, of the frames, up to and with each.
        finished: Integers `(batch, time)`, the frames that are complete at each token.

    Returns:
        `(batch, time, size)`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, *_: Any) -> Any:
        """None: the mask that comes with the values is one of frames."""

    def call(self, values: Tensor, finished: Tensor, first: Tensor | None = None) -> Tensor:
        """See above."""
        first = ops.zeros_like(values[:, 0]) if first is None else first
        values = ops.concatenate([ops.expand_dims(first, 1), values], axis=1)
        return tf.gather(values, finished, batch_dims=1)

    def compute_output_spec(
        self, values: Tensor, finished: Tensor, first: Tensor | None = None
    ) -> keras.KerasTensor:
        """`(batch, time, size)`."""
        return keras.KerasTensor((*finished.shape, values.shape[-1]), self.compute_dtype)
