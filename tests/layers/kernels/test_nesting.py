"""The compiled kernel inside whatever TensorFlow may put around it."""

import subprocess
import sys

import pytest
import tensorflow as tf

from seqzoo.layers import GRU, SimpleRNN
from tests.contracts.layer_cases import FEATURES, TIME, UNITS, assert_close, random, randomize

X = tf.constant(random(3, TIME, FEATURES))
# The same float64 numbers; sums in another order.
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def layer():
    return randomize(SimpleRNN(UNITS, dtype="float64"))


def value(layer, x, power=2):
    return tf.reduce_sum(layer(x, training=True) ** power)


def gradients(layer, x, value_of=value):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = value_of(layer, x)
    return tape.gradient(y, [x, *layer.trainable_weights])


def assert_graph_equals_eager(function, x=X):
    assert_close(tf.function(function)(x), function(x), TOLERANCE)


def test_in_a_loop(layer):
    def value_of(layer, x):
        def body(i, x, y):
            return i + 1, x / 2, y + value(layer, x)

        loop = (0, x, tf.constant(0.0, x.dtype))
        return tf.while_loop(lambda i, *_: i < 3, body, loop, maximum_iterations=3)[-1]

    assert_graph_equals_eager(lambda x: gradients(layer, x, value_of))


def test_gradients_in_a_loop(layer):
    def descend(x):
        def body(i, x):
            return i + 1, x - 0.1 * gradients(layer, x)[0]

        return tf.while_loop(lambda i, _: i < 3, body, (0, x))[1]

    assert_graph_equals_eager(descend)


def test_computed_again_for_the_gradient(layer):
    def value_of(layer, x):
        return tf.recompute_grad(lambda x: value(layer, x))(x)

    assert_graph_equals_eager(lambda x: gradients(layer, x, value_of))


@pytest.mark.slow
def test_jacobian(layer):
    def jacobian(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True)
        return tape.jacobian(y, x)

    assert_graph_equals_eager(jacobian)


@pytest.mark.representative("[None, None]")
@pytest.mark.parametrize("sizes", [[3, TIME], [None, TIME], [None, None]], ids=str)
def test_in_a_compiled_graph(sizes):
    layer = randomize(GRU(UNITS, dtype="float64"))
    specs = [tf.TensorSpec([*sizes, FEATURES], X.dtype), tf.TensorSpec(sizes, "bool")]

    def run(x, mask):
        return gradients(
            layer, x, lambda layer, x: tf.reduce_sum(layer(x, mask=mask, training=True) ** 2)
        )

    graph = tf.function(run, jit_compile=True, input_signature=specs)
    batches = [X] if sizes[0] else [X, tf.constant(random(17, TIME, FEATURES))]
    for x in batches:
        mask = tf.constant(random(*x.shape[:2], seed=3) > -0.5)
        assert_close(graph(x, mask), run(x, mask), TOLERANCE)


def test_tape_of_several_gradients(layer):
    def run(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = layer(x, training=True)
            square = y**2
        return tape.gradient(y, x), tape.gradient(square, layer.trainable_weights)

    assert_graph_equals_eager(run)


def test_tape_around_a_tape(layer):
    def run(x):
        with tf.GradientTape() as outer:
            outer.watch(x)
            inner = gradients(layer, x)
            y = tf.reduce_sum(x**3)
        return inner, outer.gradient(y, x)

    assert_graph_equals_eager(run)


def higher_derivatives(layer, x, order):
    """The gradients of a sum of the squares of the gradients of the order below."""
    if order == 1:
        return gradients(layer, x, lambda layer, x: value(layer, x, power=3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        below = higher_derivatives(layer, x, order - 1)
        penalty = sum(tf.reduce_sum(gradient**2) for gradient in below)
    return tape.gradient(penalty, [x, *layer.trainable_weights])


@pytest.mark.representative("True")
@pytest.mark.parametrize("compiled", [False, True])
def test_second_and_third_derivatives(layer, compiled):
    def derivatives(x):
        return higher_derivatives(layer, x, order=3)

    graph = tf.function(derivatives, jit_compile=compiled)
    # Squares of squares: numbers of the size of a thousand.
    assert_close(graph(X), derivatives(X), 1e-10)


def test_second_derivatives_in_a_loop(layer):
    def descend(x):
        def body(i, x):
            return i + 1, x - 0.01 * higher_derivatives(layer, x, order=2)[0]

        return tf.while_loop(lambda i, _: i < 3, body, (0, x))[1]

    assert_graph_equals_eager(descend)


REPLICAS = """
import keras, numpy as np, tensorflow as tf
from seqzoo.layers import LSTM

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
x = np.random.default_rng(0).normal(size=(8, 5, 3)).astype("float32")
y = x[:, 0, :1]

def losses(devices):
    with tf.distribute.MirroredStrategy(devices).scope():
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((None, 3)), LSTM(4), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
    history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0).history
    return history["loss"], model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)

for one, two in zip(losses(["CPU:0"]), losses(["CPU:0", "CPU:1"])):
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)
"""


@pytest.mark.slow
def test_two_replicas_train_as_one():
    run = subprocess.run(
        [sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
