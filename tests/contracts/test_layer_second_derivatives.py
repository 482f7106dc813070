"""Second derivatives: a gradient penalty trains through every kernel."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from tests.contracts.layer_cases import FLOAT32, assert_close, each_loop, random, randomize
from tests.layers.kernels.graphs import is_compiled

# The same float64 products, summed over time in another order.
TOLERANCE = 1e-12

ROWS, TIME, FEATURES = 3, 6, 4
X = random(ROWS, TIME, FEATURES)
MASK = np.array([[0, 1, 1, 0, 1, 1], [1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]], bool)
DROPOUT = {"go_backwards": True, "dropout": 0.3, "recurrent_dropout": 0.3, "seed": 3}


def curved(tensors):
    """A number whose second derivative by every tensor is another one."""
    return sum(tf.reduce_sum((tensor + n) ** 3) for n, tensor in enumerate(tensors))


def second_derivatives(layer, x, states, mask):
    sources = [x, *states, *layer.trainable_weights]
    with tf.GradientTape() as outer:
        outer.watch([x, states])
        with tf.GradientTape() as inner:
            inner.watch([x, states])
            value = curved(layer(x, initial_state=states, mask=mask, training=True))
        value = curved(inner.gradient(value, sources, unconnected_gradients="zero"))
    return outer.gradient(value, sources, unconnected_gradients="zero")


def in_graph(layer, unknown, *arguments):
    def spec(tensor):
        unknown_sizes = [None, None, FEATURES] if len(tensor.shape) == 3 else [None, 3]
        return tf.TensorSpec(unknown_sizes if unknown else tensor.shape, tensor.dtype)

    def graph(x, states, mask):
        return second_derivatives(layer, x, states, mask)

    x, states, mask = arguments
    mask_spec = None if mask is None else tf.TensorSpec([None, None], "bool")
    return tf.function(graph).get_concrete_function(spec(x), list(map(spec, states)), mask_spec)


@pytest.mark.representative(
    "plain-LIF-zero", "truncated-unknown-GRU-reset-after", "dropout-backwards-LSTM"
)
@each_loop
@pytest.mark.parametrize(
    ("options", "mask", "unknown"),
    [({}, None, False), ({"gradient_steps": 2}, MASK, True), (DROPOUT, MASK, False)],
    ids=["plain", "truncated-unknown", "dropout-backwards"],
)
def test_of_a_graph_that_trains_are_those_of_the_cell(case, options, mask, unknown):
    first, second = (
        randomize(case.make(return_sequences=True, return_state=True, dtype="float64", **options))
        for _ in range(2)
    )
    states = [tf.constant(state) for state in case.make_states(ROWS)]
    arguments = [tf.constant(X), states, None if mask is None else tf.constant(mask)]
    graph = in_graph(first, unknown, *arguments)
    assert is_compiled(graph.graph.as_graph_def()) == ("equations" in vars(case.layer.cell_class))
    assert_close(graph(*arguments), second_derivatives(second, *arguments), TOLERANCE)


class GradientPenalty(keras.Model):
    """Penalizes how fast the answer changes with the input (Gulrajani et al. 2017)."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.dense = keras.layers.Dense(1)

    def call(self, x, training=False):
        return self.dense(self.layer(x, training=training))

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            with tf.GradientTape() as by_input:
                by_input.watch(x)
                answer = self(x, training=True)
            slope = by_input.gradient(answer, x)
            loss = self.compute_loss(x, y, answer) + tf.reduce_mean(slope**2)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}


@pytest.mark.slow
def test_a_gradient_penalty_trains_as_in_keras():
    x, y = (random(5, *shape, dtype="float32") for shape in [(TIME, FEATURES), (1,)])
    ours, theirs = (
        GradientPenalty(layer(3, kernel_initializer="ones"))
        for layer in (layers.LSTM, keras.layers.LSTM)
    )
    for model in (ours, theirs):
        model(x)
    randomize(ours)
    theirs.set_weights(ours.get_weights())
    for model in (ours, theirs):
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(x, y, batch_size=2, epochs=2, shuffle=False, verbose=0)
    assert_close(ours.get_weights(), theirs.get_weights(), FLOAT32)
