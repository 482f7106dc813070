"""Checks of what layers are given; each message says what was expected and what was received."""

import numbers

import tensorflow as tf
from keras import ops


def check_positive_integer(name, value):
    """Raises a `ValueError` that names the argument unless it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"Argument `{name}` must be a positive integer. Received: {name}={value}")


def check_frame(inputs):
    """Raises a `ValueError` unless the inputs are those of one time step."""
    if len(inputs.shape) != 2:
        raise ValueError(
            "Argument `inputs` of a step must have shape (batch, features): one time step. "
            f"Received: inputs.shape={tuple(inputs.shape)}"
        )


def check_mask(mask, sequences):
    """Raises a `ValueError` unless the mask has the batch and time axes of the sequences."""
    expected, received = tuple(sequences.shape[:2]), tuple(mask.shape)
    if not may_equal(expected, received):
        raise ValueError(
            f"Argument `mask` must have shape (batch, time) = {expected}, one boolean for every "
            f"time step of `sequences`. Received: mask.shape={received}"
        )


def check_states(states, state_names, units, batch):
    """Raises a `ValueError` unless there is a state `(batch, units)` for every name."""
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


def check_finite(sequences):
    """Raises a `ValueError` if an eager tensor holds NaN; in a graph a kernel looks at it."""
    if tf.executing_eagerly() and tf.is_tensor(sequences) and ops.any(ops.isnan(sequences)):
        steps = ops.any(ops.isnan(sequences), axis=-1)
        batch, time = (int(index[0]) for index in ops.nonzero(steps))
        raise ValueError(
            "Argument `sequences` must hold numbers at all time steps that are not masked. "
            f"Received: NaN, first at batch index {batch}, time step {time}"
        )


def may_equal(expected, received):
    """Whether two shapes have one rank, and agree where both are known."""
    if len(expected) != len(received):
        return False
    pairs = zip(expected, received, strict=True)
    return all(a == b for a, b in pairs if a is not None and b is not None)
