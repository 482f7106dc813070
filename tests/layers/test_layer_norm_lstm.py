"""Layer normalization: what it adds to an LSTM."""

import keras
import numpy as np
import pytest

from seqzoo.layers.layer_norm_lstm import LayerNormLSTM, LayerNormLSTMCell
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    UNITS,
    assert_close,
    random,
    randomize,
)

X = random(BATCH, TIME, FEATURES)


def make(**arguments):
    return randomize(LayerNormLSTM(UNITS, return_sequences=True, dtype="float64", **arguments))


def with_weights(layer, **changes):
    """The layer with some of its weights, by name, multiplied and shifted: `(factor, shift)`."""
    for weight in layer.weights:
        factor, shift = changes.get(weight.name, (1, 0))
        weight.assign(factor * weight + shift)
    return layer


def test_weights_behind_those_of_an_lstm():
    layer = LayerNormLSTM(UNITS)
    layer.build(X.shape)
    shapes = {weight.name: tuple(weight.shape) for weight in layer.weights}
    assert list(shapes.items()) == [
        ("kernel", (FEATURES, 4 * UNITS)),
        ("recurrent_kernel", (UNITS, 4 * UNITS)),
        ("bias", (4 * UNITS,)),
        ("kernel_gamma", (4 * UNITS,)),
        ("recurrent_gamma", (4 * UNITS,)),
        ("state_gamma", (UNITS,)),
        ("state_beta", (UNITS,)),
    ]
    *_, gamma_x, gamma_h, gamma_c, beta = layer.get_weights()
    assert_close([gamma_x, gamma_h, gamma_c, beta], [np.ones(12), np.ones(12), np.ones(3), 0], 0)


@pytest.mark.parametrize("name", ["kernel", "recurrent_kernel"])
def test_products_are_normalized(name):
    """Ba et al., table 1: scaling a weight matrix, or shifting all of it, changes nothing."""
    # Without epsilon this would be exact; 1e-12 stands beside variances of about 0.1.
    expected = make(epsilon=1e-12)(X)
    changed = with_weights(make(epsilon=1e-12), **{name: (7.0, 0.0)})
    assert_close(changed(X), expected, 1e-8)
    # A shift of all columns shifts each row of the product by one number.
    shifted = with_weights(make(epsilon=1e-12), **{name: (1.0, 0.3)})
    assert_close(shifted(X), expected, 1e-8)


@pytest.mark.parametrize(
    "name", ["bias", "kernel_gamma", "recurrent_gamma", "state_gamma", "state_beta"]
)
def test_gains_and_biases_are_not_normalized_away(name):
    changed = with_weights(make(), **{name: (2.0, 0.1)})
    assert np.abs(changed(X) - make()(X)).max() > 0.01


def test_state_that_goes_on_is_not_normalized():
    """The gain of the cell state changes h[1] and no c[1]: it acts on the output alone."""
    layer, other = make(return_state=True), make(return_state=True)
    with_weights(other, state_gamma=(2.0, 0.0), state_beta=(1.0, 0.5))
    _, h, c = layer(X[:, :1])
    _, other_h, other_c = other(X[:, :1])
    assert_close(c, other_c, 0)
    assert np.abs(h - other_h).max() > 0.01


def test_epsilon_bounds_how_far_equal_numbers_are_blown_up():
    cell = LayerNormLSTMCell(UNITS, epsilon=0.04, dtype="float64")
    almost_equal = np.array([[1.0, 1.0 + 3e-4, 1.0 - 3e-4]])
    normalized = cell.normalize(almost_equal, np.ones(3))
    # 1 / sqrt(0.04) is 5; the variance of 6e-8 is nothing beside it.
    assert_close(normalized, 5 * (almost_equal - 1), 1e-8)


def test_one_feature_does_not_vanish():
    """Normalization is over the gates, not the features; of one feature the sign is left."""
    layer = randomize(
        LayerNormLSTM(UNITS, use_bias=False, epsilon=1e-12, dtype="float64"), features=1
    )
    ups, doubled, downs = (layer(factor * np.ones((1, 1, 1))) for factor in (1, 2, -1))
    assert_close(ups, doubled, 1e-8)
    assert np.abs(ups - downs).max() > 0.01


@pytest.mark.parametrize("epsilon", [0, -1e-3, float("nan")])
def test_bad_epsilon(epsilon):
    with pytest.raises(
        ValueError, match=f"`epsilon` must be positive. Received: epsilon={epsilon}"
    ):
        LayerNormLSTM(UNITS, epsilon=epsilon)


def test_initializers():
    layer = LayerNormLSTM(UNITS, gamma_initializer=keras.initializers.Constant(0.1))
    layer.build(X.shape)
    *_, gamma_x, gamma_h, gamma_c, beta = layer.get_weights()
    assert_close(np.unique(np.concatenate([gamma_x, gamma_h, gamma_c])), [0.1], 1e-7)
    assert not np.any(beta)
