"""Blocks of time steps, so that intermediate values are stored for one block, not for all steps."""

from __future__ import annotations

from typing import NamedTuple, Self

import tensorflow as tf

from seqzoo.core.types import Tensor

# Rows of one product over a block: fewer are slower, more no longer fit in the cache.
_ROWS = 512


class TimeBlocks(NamedTuple):
    """Blocks of equal length over a sequence, which is padded to a whole number of blocks.

    Attributes:
        length: The number of time steps in a block, a scalar.
        count: The number of blocks, a scalar.
    """

    length: tf.Tensor
    count: tf.Tensor

    @classmethod
    def of(cls, sequence: Tensor) -> Self:
        """Computes the blocks of a sequence `(batch, time, features)`."""
        batch, time = tf.unstack(tf.maximum(tf.shape(sequence)[:2], 1))
        count = _divided(time, _divided(_ROWS, batch))
        return cls(_divided(time, count), count)

    @property
    def time(self) -> Tensor:
        """The number of time steps in all blocks."""
        return self.length * self.count

    def pad(self, values: Tensor) -> Tensor:
        """Pads `(time, ...)` with zeros at the end, to the end of the last block."""
        missing = self.time - tf.shape(values)[0]
        return tf.pad(values, [[0, missing], *([0, 0] for _ in values.shape[1:])])

    def cut(self, values: Tensor, index: Tensor, offset: int = 0) -> Tensor:
        """Returns the time steps of a block, shifted by `offset` steps."""
        start = [index * self.length + offset, *(0 for _ in values.shape[1:])]
        return tf.ensure_shape(
            tf.slice(values, start, [self.length, *tf.unstack(tf.shape(values)[1:])]),
            [None, *values.shape[1:]],
        )


def _divided(dividend, divisor):
    """Returns the quotient, rounded up."""
    return -(-dividend // divisor)
