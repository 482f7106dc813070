"""Derivatives of activations, from their values alone.

The backward pass keeps what an activation gave, not what it was given.
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
    """Whether `derivative` knows the activation."""
    # Any callable may be an activation, even one without a hash.
    return any(activation is known for known in _DERIVATIVES)


def derivative(activation: Callable[[Tensor], Tensor], value: Any) -> Tensor:
    """The activation's derivative where its value is `value`."""
    return _DERIVATIVES[activation](value)
