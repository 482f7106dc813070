"""The norm of the gradient at every time step."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import GRU, LSTM, Bidirectional, PeepholeLSTM, SimpleRNN
from seqzoo.training.gradient_curves import draw_gradient_norms
from seqzoo.training.gradient_flow import GradientNorms, gradient_norms
from tests.contracts.layer_cases import (
    BATCH,
    CASES,
    FEATURES,
    TIME,
    UNITS,
    assert_close,
    random,
    random_weights,
    randomize,
)

X = random(BATCH, TIME, FEATURES)
# Right, left and inner padding.
MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1]], bool)

LAYERS = {
    **{case.name: case.make for case in CASES},
    "keras-SimpleRNN": lambda **a: keras.layers.SimpleRNN(UNITS, **a),
    "keras-LSTM": lambda **a: keras.layers.LSTM(UNITS, **a),
    "keras-GRU": lambda **a: keras.layers.GRU(UNITS, **a),
    "keras-RNN": lambda **a: keras.layers.RNN(
        keras.layers.StackedRNNCells(
            [
                keras.layers.LSTMCell(UNITS, dtype="float64"),
                keras.layers.GRUCell(UNITS + 1, dtype="float64"),
            ],
            dtype="float64",
        ),
        **a,
    ),
}
each_layer = pytest.mark.parametrize("name", LAYERS)


def make(name, **arguments):
    return randomize(LAYERS[name](dtype="float64", **arguments))


def measure(layer, x=X, **arguments):
    (norms,) = gradient_norms(layer, x, **arguments).values()
    return norms


def square_norms(*gradients):
    """The squared norm for every example of gradients `(batch, units)`."""
    return sum(np.square(g).sum(axis=1) for g in gradients)


def jacobian_products(layer, x, output_gradients):
    """The norms for an Elman network by the chain rule, in NumPy.

    Args:
        layer: A `SimpleRNN` with tanh.
        x: Inputs `(batch, time, features)`.
        output_gradients: The loss of an example by its outputs, `(batch, time, units)`.
    """
    W, R, b = layer.get_weights()
    norms = np.zeros(x.shape[:2])
    for example in range(len(x)):
        h, jacobians = np.zeros(len(R)), []
        for inputs in x[example]:
            h = np.tanh(inputs @ W + h @ R + b)
            # dh[t]/dh[t-1]
            jacobians.append(np.diag(1 - h**2) @ R.T)
        gradient = np.zeros(len(R))
        for t in reversed(range(x.shape[1])):
            later = jacobians[t + 1].T @ gradient if t + 1 < x.shape[1] else 0
            gradient = later + output_gradients[example, t]
            norms[example, t] = np.linalg.norm(gradient)
    return norms.mean(axis=0)


def test_linear_recurrence_is_a_power_of_its_weight():
    a, time = -0.7, 30
    layer = SimpleRNN(1, activation="linear", dtype="float64")
    layer.build((None, None, 2))
    layer.set_weights([random(2, 1), np.array([[a]]), random(1)])
    expected = np.abs(a) ** np.arange(time - 1, -1, -1)
    # Thirty roundings in float64.
    np.testing.assert_allclose(measure(layer, random(3, time, 2)), expected, rtol=1e-14)


def test_last_output_against_the_product_of_jacobians():
    layer = make("SimpleRNN")
    output_gradients = np.zeros((BATCH, TIME, UNITS))
    output_gradients[:, -1] = 1
    expected = jacobian_products(layer, X, output_gradients)
    assert len(set(np.round(expected, 6))) == TIME
    assert_close(measure(layer), expected, 1e-13)


def test_loss_that_reads_every_output():
    layer = make("SimpleRNN", return_sequences=True)
    weights = random(BATCH, TIME, UNITS, seed=7)
    expected = jacobian_products(layer, X, weights)
    norms = measure(layer, loss=lambda output: tf.reduce_sum(output * weights, axis=(1, 2)))
    assert_close(norms, expected, 1e-13)
    # The same as one number.
    norms = measure(layer, loss=lambda output: tf.reduce_sum(output * weights) / BATCH)
    assert_close(norms, expected, 1e-13)


@pytest.mark.representative(
    "SimpleRNN", "LayerNormLSTM", "GRU-reset-after", "keras-SimpleRNN", "keras-RNN"
)
@each_layer
def test_is_the_gradient_by_the_state_that_the_rest_starts_from(name):
    """A run that is cut at t: the definition, by another way through any layer."""
    layer = make(name, return_state=True)
    norms = measure(layer)
    for t in range(1, TIME):
        states = [tf.convert_to_tensor(s) for s in keras.tree.flatten(layer(X[:, :t])[1:])]
        nested = keras.tree.pack_sequence_as(layer.get_initial_state(BATCH), states)
        with tf.GradientTape() as tape:
            tape.watch(states)
            value = tf.reduce_sum(layer(X[:, t:], initial_state=nested)[0])
        expected = np.sqrt(square_norms(*tape.gradient(value, states))).mean()
        assert norms[t - 1] == pytest.approx(expected, rel=1e-12)


@each_layer
def test_only_the_output_is_read_at_the_end(name):
    """The sum of the last output has a derivative of one by each of its units."""
    layer = make(name)
    assert measure(layer)[-1] == pytest.approx(np.sqrt(layer(X).shape[-1]), rel=1e-14)


@pytest.mark.representative(
    "False-LSTM",
    "False-PeepholeLSTM",
    "False-LIF-subtract",
    "False-GRU-reset-after",
    "False-GRU-chung",
    "False-keras-RNN",
    "True-LayerNormLSTM",
    "True-LIF-zero",
    "True-GRU-reset-before",
    "True-keras-SimpleRNN",
)
@each_layer
@pytest.mark.parametrize("return_sequences", [False, True])
def test_padded_is_unpadded(name, return_sequences):
    layer = make(name, return_sequences=return_sequences)
    norms = measure(Masked(layer), np.where(MASK[..., None], X, np.nan), loss=last_output)
    alone = [measure(layer, X[n : n + 1, MASK[n]], loss=last_output) for n in range(BATCH)]
    expected = np.zeros((BATCH, TIME))
    expected[MASK] = np.concatenate(alone)
    expected = expected.sum(axis=0) / MASK.sum(axis=0)
    assert_close(norms, expected, 1e-12)


def last_output(output):
    last = output[:, -1] if output.shape.rank == 3 else output
    return tf.reduce_sum(last**2, axis=1)


class Masked(keras.layers.Layer):
    """A layer under `MASK`."""

    def __init__(self, layer):
        super().__init__(dtype="float64")
        self.layer = layer

    def call(self, x):
        return self.layer(x, mask=tf.constant(MASK))


def test_time_step_that_nobody_has_is_nan():
    mask = MASK.copy()
    mask[:, 3] = False
    layer = keras.Sequential([keras.layers.Masking(), LSTM(UNITS)])
    norms = measure(layer, X * mask[..., None], loss=last_output)
    assert np.array_equal(np.isnan(norms), [False, False, False, True, False])


@pytest.mark.parametrize("layer_class", [SimpleRNN, keras.layers.SimpleRNN])
def test_masked_outputs_that_are_zero_pass_nothing_on(layer_class):
    layer = randomize(
        layer_class(UNITS, return_sequences=True, zero_output_for_mask=True, dtype="float64")
    )
    network = Masked(layer)
    norms = measure(network, loss=lambda output: tf.reduce_sum(output[:, 3]) / BATCH)
    # The first example is masked there, and the last time step comes after it.
    second = measure(layer, X[1:, MASK[1]], loss=lambda output: tf.reduce_sum(output[:, 1]))
    assert_close(norms, np.array([0, second[0] / 2, 0, second[1], 0]), 1e-12)


@pytest.mark.parametrize("name", ["LSTM", "keras-LSTM"])
def test_backwards_is_in_the_order_of_the_input(name):
    layer = make(name)
    backwards = make(name, go_backwards=True)
    assert_close(measure(backwards), measure(layer, X[:, ::-1])[::-1], 1e-14)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SimpleRNN, keras.layers.SimpleRNN),
        (LSTM, keras.layers.LSTM),
        (GRU, keras.layers.GRU),
    ],
)
def test_keras_models_give_the_same(ours, theirs):
    networks = [make_classifier(layer_class) for layer_class in (ours, theirs)]
    networks[1].set_weights(networks[0].get_weights())
    tokens, labels = make_batch()
    norms, expected = [list(gradient_norms(n, tokens, labels).values()) for n in networks]
    assert len(norms) == 3
    # Keras's loss computes in float32.
    assert_close(norms, expected, 1e-6)


def make_classifier(layer_class):
    """Two directions under one, with a mask from the padding; compiled."""
    network = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(9, FEATURES, mask_zero=True, dtype="float64"),
            Bidirectional(layer_class(UNITS, return_sequences=True, dtype="float64")),
            layer_class(UNITS, dtype="float64", name="top"),
            keras.layers.Dropout(0.5, dtype="float64"),
            keras.layers.Dense(3, activation="softmax", dtype="float64"),
        ]
    )
    network.set_weights(random_weights(network))
    network.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    return network


def make_batch():
    tokens = np.array([[3, 1, 4, 1, 5, 8], [2, 6, 5, 0, 0, 0], [0, 0, 7, 8, 0, 2]])
    return tokens, np.array([0, 2, 1])


def test_compiled_loss():
    """What comes to the last time step is the derivative by what the classifier reads."""
    network = make_classifier(LSTM)
    tokens, labels = make_batch()
    norms = gradient_norms(network, tokens, labels, layers=["top"])
    assert list(norms) == ["top"]
    features = keras.Model(network.inputs[0], network.get_layer("top").output)
    dense = network.layers[-1]
    h = tf.convert_to_tensor(features(tokens))
    with tf.GradientTape() as tape:
        tape.watch(h)
        answer = dense(h)
        losses = keras.losses.sparse_categorical_crossentropy(labels, answer)
    by_h = np.sqrt(square_norms(tape.gradient(losses, h)))
    present = tokens[:, -1] != 0
    assert norms["top"][-1] == pytest.approx(by_h[present].mean(), rel=1e-6)


def test_state_that_another_layer_continues():
    """A gradient comes to the last time step of an encoder through its state alone."""
    inputs = keras.Input((None, FEATURES), dtype="float64")
    _, h, c = LSTM(UNITS, return_state=True, dtype="float64", name="encoder")(inputs)
    outputs = LSTM(UNITS, dtype="float64", name="decoder")(inputs, initial_state=[h, c])
    network = keras.Model(inputs, outputs)
    twice = randomize(LSTM(UNITS, dtype="float64"))
    network.set_weights(2 * twice.get_weights())
    norms = gradient_norms(network, X, loss=last_output)
    expected = measure(twice, np.concatenate([X, X], axis=1), loss=last_output)
    assert_close(np.concatenate([norms["encoder"], norms["decoder"]]), expected, 1e-12)


def test_nothing_is_left_behind():
    layer = randomize(LSTM(UNITS, stateful=True, dtype="float64"))
    layer(X)
    weights, states = layer.get_weights(), [s.numpy() for s in layer.states]
    gradient_norms(layer, X)
    assert_close(layer.states, states, 0)
    assert_close(layer.get_weights(), weights, 0)
    assert "inner_loop" not in vars(layer)

    def fail(output):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        gradient_norms(layer, X, loss=fail)
    assert "inner_loop" not in vars(layer)
    assert_close(layer.states, states, 0)


def test_layer_that_was_never_called_is_built():
    layer = Bidirectional(PeepholeLSTM(UNITS))
    assert [n.shape for n in gradient_norms(layer, X).values()] == [(TIME,), (TIME,)]


def test_layers_of_one_name_and_layers_run_twice():
    class Twice(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.first = GRU(UNITS, return_sequences=True, name="gru")
            self.second = GRU(FEATURES, return_sequences=True, name="gru")

        def call(self, x):
            return self.second(self.first(self.second(self.first(x))))

    norms = gradient_norms(Twice(), X)
    assert len(norms) == 4
    assert list(norms) == ["gru", "gru:2", "gru:3", "gru:4"]
    # The second layer's runs come last, and the last of them is what the loss reads.
    assert norms["gru:4"][-1] == pytest.approx(np.sqrt(FEATURES), rel=1e-6)


def test_single_precision_does_not_underflow():
    """1e-30 is a float32, its square is not."""
    layer = SimpleRNN(
        1, activation="linear", recurrent_initializer=keras.initializers.Constant(1e-10)
    )
    assert measure(layer, X.astype("float32"))[-4] == pytest.approx(1e-30, rel=1e-5)


@pytest.mark.parametrize(
    ("make_call", "message"),
    [
        (lambda: gradient_norms(keras.layers.Dense(2), X), "recurrent layer"),
        (lambda: gradient_norms(LSTM(2, name="a"), X, layers=["b"]), "has \\['a'\\]"),
        (lambda: gradient_norms(keras.Sequential([LSTM(2)]), X), "targets `y`"),
        (lambda: gradient_norms(keras.Sequential([LSTM(2)]), X, y=X[:, 0, :2]), "compiled"),
        (lambda: gradient_norms(LSTM(2), X, y=X, loss=last_output), "exclude"),
        (lambda: gradient_norms(InGraph(), X), "inside a graph"),
        (lambda: GradientNorms(X, every=0), "every=0"),
    ],
)
def test_refused(make_call, message):
    with pytest.raises(ValueError, match=message):
        make_call()


class InGraph(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.layer = LSTM(UNITS)

    @tf.function
    def call(self, x):
        return self.layer(x)


def test_callback(tmp_path):
    tokens, labels = make_batch()
    network = make_classifier(SimpleRNN)
    path = tmp_path / "norms.png"
    callback = GradientNorms(tokens, labels, layers=["top"], every=2, path=path)
    seen = {}
    keep = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.update({epoch: network.get_weights()})
    )
    network.run_eagerly = True
    log = network.fit(tokens, labels, epochs=3, verbose=0, callbacks=[callback, keep]).history
    assert [epoch for epoch, _ in callback.history] == [0, 2]
    for (epoch, norms), ratio in zip(callback.history, log["top_gradient_norm_ratio"], strict=True):
        network.set_weights(seen[epoch])
        assert_close(norms["top"], gradient_norms(network, tokens, labels)["top"], 1e-12)
        assert ratio == pytest.approx(norms["top"][0] / norms["top"][-1])
    assert path.read_bytes().startswith(b"\x89PNG")


def test_ratio_of_a_backward_layer_is_taken_against_its_run():
    network = keras.Sequential([SimpleRNN(1, activation="linear", go_backwards=True, name="rnn")])
    network.compile("sgd", "mse")
    network.build((None, None, 1))
    network.set_weights([np.ones((1, 1)), np.full((1, 1), 0.5), np.zeros(1)])
    callback = GradientNorms(np.ones((1, 4, 1)), np.zeros((1, 1)))
    callback.set_model(network)
    logs = {}
    callback.on_epoch_end(0, logs)
    assert logs == {"rnn_gradient_norm_ratio": pytest.approx(0.125)}


def test_measuring_does_not_change_the_training():
    def train(callbacks):
        keras.utils.set_random_seed(3)
        network = keras.Sequential(
            [keras.Input((TIME, FEATURES)), LSTM(UNITS, dropout=0.5), keras.layers.Dense(1)]
        )
        network.compile("sgd", "mse", run_eagerly=True)
        network.fit(X, X[:, 0, :1], epochs=3, verbose=0, callbacks=callbacks)
        return network.get_weights()

    assert_close(train([GradientNorms(X, X[:, 0, :1])]), train([]), 0)


def test_drawing(tmp_path):
    path = tmp_path / "curves" / "norms.png"
    draw_gradient_norms({"a": np.array([np.nan, 0, 1e-8, 1]), "b": np.ones(7)}, path)
    assert path.read_bytes().startswith(b"\x89PNG")
