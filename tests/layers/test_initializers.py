"""Recipes: what a new layer does with its gradient and its state."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import GRU, LSTM, PeepholeLSTM, SimpleRNN
from seqzoo.layers.initializers import chrono_gru, chrono_lstm, irnn, orthogonal
from seqzoo.training.gradient_flow import gradient_norms
from tests.contracts.layer_cases import assert_close, random

UNITS = 16
TIME = 200
RECIPES = {
    "irnn": (SimpleRNN, irnn(seed=1)),
    "orthogonal": (GRU, orthogonal(1.3, seed=2)),
    "chrono_lstm": (LSTM, chrono_lstm(50, seed=3)),
    "chrono_gru": (GRU, chrono_gru(50, seed=4)),
    "chrono_gru-one-bias": (GRU, {**chrono_gru(50, seed=4), "reset_after": False}),
}
each_recipe = pytest.mark.parametrize(
    ("layer_class", "arguments"), RECIPES.values(), ids=RECIPES.keys()
)


def norms_of(layer, x):
    (norms,) = gradient_norms(layer, x).values()
    return norms


def test_irnn_passes_the_gradient_unchanged_where_the_inputs_drive_it_up():
    layer = SimpleRNN(UNITS, **irnn(), dtype="float64")
    x = np.abs(random(2, TIME, 3))
    layer.build(x.shape)
    W, *others = layer.get_weights()
    layer.set_weights([np.abs(W), *others])
    # Exactly: a rectifier's derivative is one, and so is the identity's factor.
    assert np.all(norms_of(layer, x) == np.sqrt(UNITS))


def test_irnn_with_a_gain_fades_by_it():
    layer = SimpleRNN(UNITS, **irnn(gain=0.5), dtype="float64")
    x = np.abs(random(2, 20, 3))
    layer.build(x.shape)
    W, *others = layer.get_weights()
    layer.set_weights([np.abs(W), *others])
    expected = np.sqrt(UNITS) * 0.5 ** np.arange(19, -1, -1)
    np.testing.assert_allclose(norms_of(layer, x), expected, rtol=1e-14)


def test_irnn_copies_its_state():
    layer = SimpleRNN(UNITS, **irnn())
    h = np.abs(random(2, UNITS, dtype="float32"))
    assert_close(layer(np.zeros((2, TIME, 3)), initial_state=h), h, 0)
    assert np.std(layer.get_weights()[0]) == pytest.approx(0.001, rel=0.5)


def test_default_simple_rnn_fades():
    layer = SimpleRNN(UNITS, dtype="float64")
    norms = norms_of(layer, random(2, TIME, 3))
    # tanh' alone, at inputs of this size, takes more than a tenth from each step on average.
    assert norms[0] < 0.9**TIME * norms[-1]


@pytest.mark.representative("LSTM-chrono_lstm")
@pytest.mark.parametrize(("layer_class", "recipe"), [(LSTM, chrono_lstm), (GRU, chrono_gru)])
def test_chrono_carries_further_than_the_default(layer_class, recipe):
    x = random(2, TIME // 2, 3)
    default, chrono = [
        norms_of(layer_class(UNITS, dtype="float64", **arguments), x)
        for arguments in ({}, recipe(TIME))
    ]
    assert chrono[0] > 1e3 * default[0]


@pytest.mark.parametrize("layer_class", [LSTM, PeepholeLSTM, keras.layers.LSTM])
def test_chrono_biases_of_an_lstm(layer_class):
    layer = layer_class(1000, **chrono_lstm(100))
    layer.build((None, None, 3))
    i, f, g, o = np.split(layer.cell.bias.numpy(), 4)
    assert_close(i, -f, 0)
    assert not np.any([g, o])
    assert_uniform(np.exp(f), 1, 99)


@pytest.mark.parametrize("reset_after", [False, True])
@pytest.mark.parametrize("layer_class", [GRU, keras.layers.GRU])
def test_chrono_biases_of_a_gru(layer_class, reset_after):
    layer = layer_class(1000, reset_after=reset_after, **chrono_gru(100))
    layer.build((None, None, 3))
    bias = layer.cell.bias.numpy()
    z, *others = np.split(np.atleast_2d(bias)[0], 3)
    assert_uniform(np.exp(z), 1, 99)
    assert not np.any(others)
    assert not np.any(np.atleast_2d(bias)[1:])


def assert_uniform(values, low, high):
    """Every tenth of the range holds a tenth of a thousand values, five deviations off at most."""
    counts, _ = np.histogram(values, bins=10, range=(low, high))
    assert counts.sum() == len(values)
    assert np.all(np.abs(counts - 100) < 5 * np.sqrt(100 * 0.9))


@pytest.mark.parametrize("layer_class", [SimpleRNN, GRU, LSTM])
def test_every_gate_is_orthogonal(layer_class):
    layer = layer_class(UNITS, **orthogonal(1.5), dtype="float64")
    layer.build((None, None, 3))
    gates = np.split(layer.cell.recurrent_kernel.numpy(), layer.cell.gates, axis=1)
    for gate in gates:
        assert_close(gate @ gate.T, 1.5**2 * np.eye(UNITS), 1e-13)
    assert len({round(float(gate[0, 0]), 12) for gate in gates}) == len(gates)


def test_orthogonal_matrices_are_drawn_uniformly():
    """The mean of uniformly distributed matrices is zero; that of a QR's, unsigned, is not."""
    draw = orthogonal(seed=5)["recurrent_initializer"]
    gates = np.asarray(draw((3, 3 * 2000), "float64")).reshape(3, 2000, 3)
    # The variance of an entry is a third.
    assert np.all(np.abs(gates.mean(axis=1)) < 5 * np.sqrt(1 / 3 / 2000))


@each_recipe
def test_saved_and_loaded(layer_class, arguments, tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layer_class(UNITS, **arguments)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert_close(loaded.get_weights(), model.get_weights(), 0)
    assert loaded.layers[0].get_config() == model.layers[0].get_config()
    # A new layer from the configuration draws the same numbers under the same seed.
    fresh = layer_class.from_config(loaded.layers[0].get_config())
    fresh.build((None, None, 3))
    for weight, drawn in zip(fresh.weights, model.get_weights(), strict=True):
        if weight.name in recipe_weights(arguments):
            assert_close(weight, drawn, 0)


def recipe_weights(arguments):
    """The weights whose initializers a recipe sets."""
    return [n.removesuffix("_initializer") for n in arguments if n.endswith("_initializer")]


@each_recipe
def test_trains(layer_class, arguments):
    layer = layer_class(UNITS, **arguments)
    x = random(2, 7, 3, dtype="float32")
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(x) ** 2)
    for gradient in tape.gradient(value, layer.trainable_weights):
        assert np.all(np.isfinite(gradient))


def test_refused():
    with pytest.raises(ValueError, match="max_time=2"):
        chrono_lstm(2)
    with pytest.raises(ValueError, match="max_time=1"):
        chrono_gru(1)
    with pytest.raises(ValueError, match=r"shape=\(4, 6\)"):
        orthogonal()["recurrent_initializer"]((4, 6))
