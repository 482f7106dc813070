"""Ragged input of recurrent layers."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seqzoo.core.types import Tensor


class AcceptsRagged:
    """Mixin for recurrent layers that accept a `tf.RaggedTensor` as sequences.

    `(batch, (time), features)` is padded, and its lengths become the mask. The output is that of
    the padded sequences: dense, and masked if it is a sequence.
    """

    def __call__(self, sequences: Tensor | tf.RaggedTensor, *args: Any, **kwargs: Any) -> Any:
        """Calls the layer; pads ragged sequences first."""
        if isinstance(sequences, tf.RaggedTensor):
            if kwargs.get("mask") is not None:
                raise ValueError(
                    "Argument `mask` must be None for ragged `sequences`, whose lengths are the "
                    f"mask. Received: mask={kwargs['mask']}"
                )
            sequences, kwargs["mask"] = padded(sequences)
        # The method of the layer that this class is mixed into.
        return super().__call__(sequences, *args, **kwargs)  # type: ignore[misc]


def padded(ragged: tf.RaggedTensor) -> tuple[Tensor, Tensor]:
    """Converts a ragged tensor to a padded one and its mask.

    Args:
        ragged: `(batch, (time), features)`.

    Returns:
        The values `(batch, time, features)`, zero in the padding, and booleans `(batch, time)`.
        There is always at least one time step.

    Raises:
        ValueError: If an axis other than time is ragged.
    """
    if ragged.ragged_rank != 1:
        raise ValueError(
            "Argument `sequences` must be ragged only in time: (batch, (time), features). "
            f"Received: sequences.shape={ragged.shape}, ragged along {ragged.ragged_rank} axes"
        )
    values = ragged.to_tensor()
    # The last output needs at least one time step.
    missing = tf.maximum(1 - tf.shape(values)[1], 0)
    values = tf.pad(values, [[0, 0], [0, missing], [0, 0]])
    return values, tf.sequence_mask(ragged.row_lengths(), tf.shape(values)[1])
