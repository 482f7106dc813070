"""Derivatives of activations, computed from their outputs.

The backward pass stores the outputs of activations, not their inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from seqzoo.core.types import Tensor


def _hard_sigmoid_derivative(y):
    return tf.where((y > 0) & (y < 1), tf.constant(1 / 6, y.dtype), 0)


_DERIVATIVES = {
    keras.activations.tanh: lambda y: 1 - y * y,
    keras.activations.sigmoid: lambda y: y * (1 - y),
    keras.activations.hard_sigmoid: _hard_sigmoid_derivative,
    keras.activations.relu: lambda y: tf.cast(y > 0, y.dtype),
    keras.activations.linear: tf.ones_like,
}


def has_derivative(activation: Callable[[Tensor], Tensor]) -> bool:
    """Returns whether `derivative` supports the activation."""
    # Compared by identity: an activation may be any callable, even an unhashable one.
    return any(activation is known for known in _DERIVATIVES)


def derivative(activation: Callable[[Tensor], Tensor], value: Any) -> Tensor:
    """Returns the derivative of the activation at the point where its output is `value`."""
    return _DERIVATIVES[activation](value)
