"""Ragged tensors as input of recurrent layers."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seqzoo.core.types import Tensor


class AcceptsRagged:
    """A layer over time that takes a `tf.RaggedTensor` for its sequences.

    `(batch, (time), features)` is padded, and its lengths become the mask, so that the answer is
    that to the padded sequences: dense, and masked where it is a sequence itself.
    """

    def __call__(self, sequences: Tensor | tf.RaggedTensor, *args: Any, **kwargs: Any) -> Any:
        """Calls the layer; ragged sequences are padded first."""
        if isinstance(sequences, tf.RaggedTensor):
            if kwargs.get("mask") is not None:
                raise ValueError(
                    "A ragged tensor has lengths of its own: argument `mask` must be None for "
                    f"`sequences` that are ragged. Received: mask={kwargs['mask']}"
                )
            sequences, kwargs["mask"] = padded(sequences)
        # Of the layer that this is mixed into.
        return super().__call__(sequences, *args, **kwargs)  # type: ignore[misc]


def padded(ragged: tf.RaggedTensor) -> tuple[Tensor, Tensor]:
    """A ragged tensor as a padded one and its mask.

    Args:
        ragged: `(batch, (time), features)`.

    Returns:
        The values `(batch, time, features)`, zero in the padding, and booleans `(batch, time)`.
        There is always one time step at least.

    Raises:
        ValueError: If another axis than that of time is ragged.
    """
    if ragged.ragged_rank != 1:
        raise ValueError(
            "Argument `sequences` must be ragged in time alone: (batch, (time), features). "
            f"Received: sequences.shape={ragged.shape}, ragged along {ragged.ragged_rank} axes"
        )
    values = ragged.to_tensor()
    # Without any time step there would be nothing to return the output of.
    missing = tf.maximum(1 - tf.shape(values)[1], 0)
    values = tf.pad(values, [[0, 0], [0, missing], [0, 0]])
    return values, tf.sequence_mask(ragged.row_lengths(), tf.shape(values)[1])
