"""Checks of tensors passed to layers; each message says what was expected and received."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import ops, tree

from seqzoo.core.types import Shape, States, Tensor


def check_frame(inputs: Tensor) -> None:
    """Raises a `ValueError` unless the inputs are one time step, `(batch, features)`."""
    if len(inputs.shape) != 2:
        raise ValueError(
            "Argument `inputs` of a step must have shape (batch, features): one time step. "
            f"Received: inputs.shape={tuple(inputs.shape)}"
        )


def check_mask(mask: Tensor, sequences: Tensor) -> None:
    """Raises a `ValueError` unless the mask has the batch and time axes of the sequences."""
    expected, received = tuple(sequences.shape[:2]), tuple(mask.shape)
    if not may_equal(expected, received):
        raise ValueError(
            f"Argument `mask` must have shape (batch, time) = {expected}, one boolean for every "
            f"time step of `sequences`. Received: mask.shape={received}"
        )


def check_states(
    states: Sequence[Tensor], state_names: Sequence[str], units: int, batch: int | None
) -> None:
    """Raises a `ValueError` unless there is one state `(batch, units)` for every name."""
    if len(states) != len(state_names):
        raise ValueError(
            f"Argument `initial_state` must hold {len(state_names)} state(s): "
            f"{', '.join(state_names)}. Received: {len(states)}"
        )
    for name, state in zip(state_names, states, strict=True):
        received = tuple(state.shape)
        if not may_equal((batch, units), received):
            raise ValueError(
                f"State `{name}` in argument `initial_state` must have shape (batch, units) = "
                f"{(batch, units)}. Received: {received}"
            )


def check_batch_size(sequences: Tensor, layer: keras.layers.Layer) -> Tensor:
    """Returns the sequences, with a check that a stateful layer has a state for each of them.

    Keras checks a static batch size itself; this checks a dynamic one when the graph runs.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if the batch size differs from that
            of the layer's states.
    """
    if sequences.shape[0] is not None:
        return sequences
    expected, received = tree.flatten(layer.states)[0].shape[0], tf.shape(sequences)[0]
    message = (
        f"Layer {layer.name!r} is stateful and keeps the states of {expected} sequences, so every "
        "batch must hold as many. Give a number of sequences that the batch size divides, or drop "
        "the last batch with `dataset.batch(batch_size, drop_remainder=True)`. Received a batch of"
    )
    with tf.control_dependencies([tf.debugging.Assert(received == expected, [message, received])]):
        return tf.identity(sequences)


def kept_states(layer: keras.layers.Layer, sequences: Tensor) -> States:
    """Returns the stored states of a stateful layer, sliced to the batch size of the sequences.

    If the batch size is dynamic, the static size of the states must not become that of the output:
    a loss would fail on it before `check_batch_size` could name the cause.
    """
    rows = ops.shape(sequences)[0]
    return tree.map_structure(lambda state: ops.convert_to_tensor(state)[:rows], layer.states)


def check_finite(sequences: Tensor) -> None:
    """Raises a `ValueError` if an eager tensor holds NaN; in a graph, a kernel checks for it."""
    if tf.executing_eagerly() and tf.is_tensor(sequences) and ops.any(ops.isnan(sequences)):
        steps = ops.any(ops.isnan(sequences), axis=-1)
        batch, time = (int(index[0]) for index in ops.nonzero(steps))
        raise ValueError(
            "Argument `sequences` must hold numbers at all time steps that are not masked. "
            f"Received: NaN, first at batch index {batch}, time step {time}"
        )


def may_equal(expected: Shape, received: Shape) -> bool:
    """Returns whether two shapes have the same rank and agree in all axes known in both."""
    if len(expected) != len(received):
        return False
    pairs = zip(expected, received, strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None)
