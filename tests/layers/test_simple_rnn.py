"""The worked example of the lectures; docs/recurrence-by-hand.md derives it."""

from math import tanh

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import SimpleRNN

X = [0.5, -0.3]
W, R, B = 0.4, 0.9, 0.1
OUTPUT_WEIGHT, OUTPUT_BIAS = 1.1, 0.2
# The lectures name the loss, not its target: of (y - t)^2 and its half, only the half with the
# target 1 gives 0.1618 with a round target.
TARGET = 1.0


def make_network():
    """The recurrent unit and the output unit, in float64."""
    rnn = SimpleRNN(1, return_sequences=True, return_state=True, dtype="float64")
    dense = keras.layers.Dense(1, activation="tanh", dtype="float64")
    rnn.build((1, 2, 1))
    dense.build((1, 1))
    rnn.set_weights([np.array([[W]]), np.array([[R]]), np.array([B])])
    dense.set_weights([np.array([[OUTPUT_WEIGHT]]), np.array([OUTPUT_BIAS])])
    return rnn, dense


def gradients_by_hand():
    """Backpropagation through time, one line for each use of the chain rule.

    Returns:
        The gradients by W, R, b, output weight, output bias, x[1], x[2] and h[0].
    """
    h1 = tanh(W * X[0] + B)
    h2 = tanh(W * X[1] + R * h1 + B)
    y = tanh(OUTPUT_WEIGHT * h2 + OUTPUT_BIAS)
    da = (y - TARGET) * (1 - y**2)
    dz2 = da * OUTPUT_WEIGHT * (1 - h2**2)
    dz1 = dz2 * R * (1 - h1**2)
    recurrent = [dz1 * X[0] + dz2 * X[1], dz2 * h1, dz1 + dz2]
    return [*recurrent, da * h2, da, dz1 * W, dz2 * W, dz1 * R]


def test_forward_pass_of_the_lectures():
    rnn, dense = make_network()
    h, last = rnn(np.reshape(X, (1, 2, 1)))
    y = float(dense(last)[0, 0])
    # The lectures compute on with rounded numbers, so their last digit is off by up to one.
    assert np.ravel(h) == pytest.approx([0.2913, 0.2375], abs=1e-4)
    assert np.arctanh(y) == pytest.approx(0.4613, abs=1e-4)
    assert y == pytest.approx(0.4311, abs=1e-4)
    assert (y - TARGET) ** 2 / 2 == pytest.approx(0.1618, abs=1e-4)


def test_backward_pass_by_hand():
    rnn, dense = make_network()
    x, h0 = tf.constant(np.reshape(X, (1, 2, 1))), tf.zeros((1, 1), "float64")
    with tf.GradientTape() as tape:
        tape.watch([x, h0])
        _, last = rnn(x, initial_state=h0)
        loss = tf.reduce_sum((dense(last) - TARGET) ** 2) / 2
    weights = [*rnn.trainable_weights, *dense.trainable_weights]
    gradients = np.concatenate([np.ravel(g) for g in tape.gradient(loss, [*weights, x, h0])])
    # float64 against float64, ten operations each
    assert gradients == pytest.approx(gradients_by_hand(), abs=1e-14)
