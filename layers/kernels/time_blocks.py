"""Time cut into blocks, so that what is needed of a block of time steps is not kept of all."""

from __future__ import annotations

from typing import NamedTuple, Self

import tensorflow as tf

from seqzoo.core.types import Tensor

# Rows of one product over a block: with fewer it is slower, with more it leaves the cache.
_ROWS = 512


class TimeBlocks(NamedTuple):
    """Blocks of one length over a sequence, padded to a whole number of them.

    Attributes:
        length: The time steps of a block, a scalar.
        count: The number of blocks, a scalar.
    """

    length: tf.Tensor
    count: tf.Tensor

    @classmethod
    def of(cls, sequence: Tensor) -> Self:
        """The blocks of a sequence `(batch, time, features)`."""
        batch, time = tf.unstack(tf.maximum(tf.shape(sequence)[:2], 1))
        count = _divided(time, _divided(_ROWS, batch))
        return cls(_divided(time, count), count)

    @property
    def time(self) -> Tensor:
        """The time steps of all blocks."""
        return self.length * self.count

    def pad(self, values: Tensor) -> Tensor:
        """`(time, ...)` with zeros after it, up to the end of the last block."""
        missing = self.time - tf.shape(values)[0]
        return tf.pad(values, [[0, missing], *([0, 0] for _ in values.shape[1:])])

    def cut(self, values: Tensor, index: Tensor, offset: int = 0) -> Tensor:
        """The time steps of a block, and of one that lies `offset` steps later."""
        start = [index * self.length + offset, *(0 for _ in values.shape[1:])]
        return tf.ensure_shape(
            tf.slice(values, start, [self.length, *tf.unstack(tf.shape(values)[1:])]),
            [None, *values.shape[1:]],
        )


def _divided(dividend, divisor):
    """The quotient, rounded up."""
    return -(-dividend // divisor)
