"""Spiking neurons: how they charge, fire and reset, and the derivative of a spike."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers.lif import LIF, LIFCell, spike
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    UNITS,
    assert_close,
    mix_factors,
    random,
    randomize,
    run_with_gradients,
)

X = random(BATCH, TIME, FEATURES)
Z = np.linspace(-2, 2, 9)
# Of z = scale (v - threshold), from the papers.
SURROGATES = {
    "fast_sigmoid": lambda z: 1 / (1 + np.abs(z)) ** 2,
    "arctan": lambda z: 1 / (1 + (np.pi * z / 2) ** 2),
    "sigmoid": lambda z: 1 / np.cosh(z / 2) ** 2,
    "triangle": lambda z: np.maximum(0, 1 - np.abs(z)),
}
each_surrogate = pytest.mark.parametrize("surrogate", SURROGATES)


def one_neuron(current, steps, **arguments):
    """The spikes of one neuron under a constant current, from rest."""
    neuron = LIF(1, recurrent=False, return_sequences=True, dtype="float64", **arguments)
    neuron.build((None, None, 1))
    neuron.set_weights([np.array([[current]]), np.zeros(1)])
    return np.ravel(neuron(np.ones((1, steps, 1)))).tolist()


def make(**arguments):
    return randomize(
        LIF(UNITS, return_sequences=True, return_state=True, dtype="float64", **arguments)
    )


def test_charges_fires_and_keeps_what_is_above_the_threshold():
    # v: 0.75, 1.125, 0.3125, 0.90625, 1.203125
    assert one_neuron(0.75, 5, decay=0.5) == [0, 1, 0, 0, 1]


def test_resets_to_zero():
    # v: 0.75, 1.125, 0.75, 1.125, 0.75
    assert one_neuron(0.75, 5, decay=0.5, reset="zero") == [0, 1, 0, 1, 0]


def test_without_decay_counts():
    # v: 0.5, 1 (not above the threshold), 1.5, then 1 less
    assert one_neuron(0.5, 6, decay=1.0) == [0, 0, 1, 0, 1, 0]


def test_with_full_decay_forgets():
    assert one_neuron(0.75, 4, decay=0.0) == [0, 0, 0, 0]
    assert one_neuron(1.25, 3, decay=0.0, reset="zero") == [1, 1, 1]


def test_never_fires_below_the_threshold():
    # The potential goes to current / (1 - decay) = 1.
    assert not any(one_neuron(0.1, 200, decay=0.9))
    assert any(one_neuron(0.1, 200, decay=0.9, threshold=0.99))


@each_surrogate
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_spike_and_its_derivative(surrogate, dtype):
    scale = 4.0
    excess = tf.constant(Z / scale, dtype)
    with tf.GradientTape() as tape:
        tape.watch(excess)
        spikes = spike(excess, surrogate, scale)
    gradient = tape.gradient(spikes, excess)
    assert spikes.dtype == gradient.dtype == excess.dtype
    np.testing.assert_array_equal(spikes, np.where(Z > 0, 1, 0))
    # Some roundings of numbers up to one.
    assert_close(tf.cast(gradient, "float64"), SURROGATES[surrogate](Z), 4 * np.finfo(dtype).eps)


@each_surrogate
def test_surrogate_is_one_at_the_threshold_and_falls_off_as_fast_as_asked(surrogate):
    def derivative(excess, scale):
        excess = tf.constant(excess, "float64")
        with tf.GradientTape() as tape:
            tape.watch(excess)
            spikes = spike(excess, surrogate, scale)
        return float(tape.gradient(spikes, excess))

    assert derivative(0.0, 3.0) == 1
    assert derivative(0.2, 3.0) == pytest.approx(derivative(-0.2, 3.0))
    assert derivative(0.2, 3.0) == pytest.approx(derivative(0.1, 6.0))
    assert 0 <= derivative(0.2, 6.0) < derivative(0.2, 3.0) < 1


def backpropagate(layer, states, surrogate, scale, reset):
    """Gradients of the mix by x, the states, W, R and b, spike by spike, in plain loops."""
    W, R, b = layer.get_weights()
    s, v = states
    past, spikes = [], []
    for t in range(TIME):
        kept = 0.9 * v - s if reset == "subtract" else 0.9 * v * (1 - s)
        v = kept + X[:, t] @ W + s @ R + b
        past.append((s, v))
        s = (v > 1).astype("float64")
        spikes.append(s)
    by_output, by_s, by_v = mix_factors([np.stack(spikes, axis=1), s, v])
    d_x, d_W, d_R, d_b = (np.zeros_like(array) for array in (X, W, R, b))
    for t in reversed(range(TIME)):
        s, v = past[t]
        for row, unit in np.ndindex(BATCH, UNITS):
            slope = SURROGATES[surrogate](scale * (v[row, unit] - 1))
            by_v[row, unit] += slope * (by_s[row, unit] + by_output[row, t, unit])
        by_s = np.zeros_like(by_s)
        for row, unit in np.ndindex(BATCH, UNITS):
            d_x[row, t] += by_v[row, unit] * W[:, unit]
            d_W[:, unit] += by_v[row, unit] * X[row, t]
            d_R[:, unit] += by_v[row, unit] * s[row]
            d_b[unit] += by_v[row, unit]
            by_s[row] += by_v[row, unit] * R[:, unit]
        # Through the leak, and not through the reset.
        by_v = 0.9 * by_v * (1 if reset == "subtract" else 1 - s)
    return [d_x, by_s, by_v, d_W, d_R, d_b]


@each_surrogate
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_gradients_through_time(surrogate, reset):
    layer = make(surrogate=surrogate, surrogate_scale=1.5, reset=reset)
    states = [random(BATCH, UNITS, seed=90), random(BATCH, UNITS, seed=91)]
    (outputs, *_), gradients = run_with_gradients(layer, X, states)
    assert 0 < np.mean(outputs) < 1
    # The same float64 sums in another order.
    expected = backpropagate(layer, states, surrogate, 1.5, reset)
    assert_close(gradients, expected, 1e-12)


def test_without_recurrence():
    layer = make(recurrent=False)
    kernel, bias = layer.get_weights()
    whole = make()
    whole.set_weights([kernel, np.zeros((UNITS, UNITS)), bias])
    assert_close(layer(X), whole(X), 1e-15)
    assert len(randomize(LIF(UNITS, recurrent=False, use_bias=False)).weights) == 1


def test_learned_decay_starts_at_the_given_one():
    layer, plain = make(decay=0.7, learn_decay=True), make(decay=0.7)
    logit = np.full(UNITS, np.log(0.7 / 0.3))
    layer.set_weights([*plain.get_weights(), logit])
    assert_close(layer(X), plain(X), 1e-12)
    fresh = LIF(UNITS, decay=0.7, learn_decay=True)
    fresh.build(X.shape)
    assert_close(fresh.get_weights()[-1], logit, 1e-6)


def test_learned_decay_differs_by_unit_and_has_a_gradient():
    layer = make(recurrent=False, learn_decay=True)
    with tf.GradientTape() as tape:
        *_, v = layer(X)
        value = tf.reduce_sum(v)
    *_, by_decay = tape.gradient(value, layer.trainable_weights)
    assert len(np.unique(by_decay)) == UNITS
    weights = layer.get_weights()
    weights[-1][0] += 1
    layer.set_weights(weights)
    *_, other = layer(X)
    assert_close(other[:, 1:], v[:, 1:], 0)
    assert np.abs(other[:, 0] - v[:, 0]).max() > 0.01


def test_gradients_in_a_function_and_in_xla():
    layer = make()
    states = [random(BATCH, UNITS, seed=90), random(BATCH, UNITS, seed=91)]
    expected = run_with_gradients(layer, X, states)
    for jit_compile in (False, True):
        run = tf.function(lambda: run_with_gradients(layer, X, states), jit_compile=jit_compile)
        assert_close(run(), expected, 1e-12)


def test_saved_model_keeps_spikes_and_their_gradients(tmp_path):
    layer = make()
    module = tf.Module()
    module.layer = layer
    signature = tf.TensorSpec([None, None, FEATURES], "float64")
    module.run = tf.function(lambda x: layer(x), input_signature=[signature])
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    x = tf.constant(X)
    gradients = []
    for run in (module.run, loaded.run):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs, *_ = run(x)
        gradients.append(tape.gradient(outputs, x))
    assert_close(loaded.run(X), layer(X), 1e-12)
    assert_close(gradients[1], gradients[0], 1e-12)
    assert np.any(gradients[0])


@pytest.mark.slow
def test_learns_when_something_happened():
    """Which of two inputs came first: it needs the memory, through spikes that feed back."""
    keras.utils.set_random_seed(0)
    rows = 64
    first = np.random.default_rng(0).integers(0, 2, rows)
    x = np.zeros((rows, 8, 2), "float32")
    x[np.arange(rows), 1, first] = 1
    x[np.arange(rows), 4, 1 - first] = 1
    spikes = LIF(16, return_sequences=True)
    model = keras.Sequential(
        [
            keras.Input((None, 2)),
            spikes,
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(x, first, epochs=40, batch_size=64, verbose=0)
    assert set(np.unique(spikes(x))) == {0.0, 1.0}
    assert model.evaluate(x, first, verbose=0)[1] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"decay": 1.5}, r"`decay` must lie in \[0, 1\]. Received: decay=1.5"),
        ({"decay": 1.0, "learn_decay": True}, r"`decay` must lie in \(0, 1\) for `learn_decay"),
        ({"threshold": 0}, "`threshold` must be positive. Received: threshold=0"),
        ({"surrogate_scale": -1}, "`surrogate_scale` must be positive"),
        ({"reset": "none"}, "`reset` must be one of 'subtract', 'zero'. Received: reset='none'"),
        ({"surrogate": "relu"}, "`surrogate` must be one of 'fast_sigmoid', .*'relu'"),
        ({"activation": "tanh"}, "activation"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, message):
    for tested in (LIF, LIFCell):
        with pytest.raises(ValueError, match=message):
            tested(UNITS, **arguments)
