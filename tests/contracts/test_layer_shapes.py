"""The same numbers in every form of the run: unknown sizes, one step, one row, graph, XLA."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    UNITS,
    assert_close,
    each_layer,
    each_loop,
    random,
    randomize,
    run_with_gradients,
)

# Graph, eager and loop run the same float64 operations; XLA fuses them and has functions of its
# own for tanh and sigmoid.
TOLERANCE = 1e-12

X = random(BATCH, TIME, FEATURES)
MASK = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]], bool)
# Batch and time of what one and the same graph must take.
SIZES = [(2, 5), (1, 1), (3, 2)]
FULL = {"return_sequences": True, "return_state": True, "dtype": "float64"}


def make(case, **arguments):
    return randomize(case.make(**FULL, **arguments))


def make_bidirectional(case):
    return randomize(Bidirectional(case.make(**FULL), dtype="float64"))


@each_loop
def test_unknown_batch_and_time_in_a_function(case):
    layer = make_bidirectional(case)
    sequences = tf.TensorSpec([None, None, FEATURES], "float64")
    masks = tf.TensorSpec([None, None], "bool")
    function = tf.function(lambda x, mask: layer(x, mask=mask), input_signature=[sequences, masks])
    for batch, time in SIZES:
        x, mask = random(batch, time, FEATURES), np.ones((batch, time), bool)
        mask[0, 0] = time == 1
        assert_close(function(x, mask), layer(x, mask=mask), TOLERANCE)


@pytest.mark.representative("LSTM")
@each_loop
def test_unknown_batch_and_time_in_a_model(case):
    layer = make_bidirectional(case)
    inputs = keras.Input((None, FEATURES), dtype="float64")
    model = keras.Model(inputs, layer(inputs))
    states = [(None, UNITS)] * (2 * case.state_count)
    assert [output.shape for output in model.outputs] == [(None, None, 2 * UNITS), *states]
    for batch, time in SIZES:
        x = random(batch, time, FEATURES)
        assert_close(model.predict_on_batch(x), layer(x), TOLERANCE)


@each_layer
def test_function_of_the_layer_itself(case):
    layer = randomize(case.make(dtype="float64"))
    assert_close(tf.function(layer)(X), layer(X), TOLERANCE)
    # What the class is made with is not what a layer is called with.
    assert next(iter(inspect.signature(case.layer).parameters)) == "units"
    assert "units" not in inspect.signature(layer).parameters


@each_layer
def test_rows_do_not_mix(case):
    layer = make(case)
    whole = layer(X)
    for row in range(BATCH):
        alone = layer(X[row : row + 1])
        assert_close([answer[0] for answer in alone], [a[row] for a in whole], TOLERANCE)


@each_layer
def test_one_step_at_a_time(case):
    layer, states = make(case), case.make_states()
    outputs, *finals = layer(X, initial_state=states)
    for t in range(TIME):
        output, *states = layer(X[:, t : t + 1], initial_state=states)
        assert_close(output[:, 0], outputs[:, t], TOLERANCE)
    assert_close(states, finals, TOLERANCE)


@each_layer
def test_no_rows(case):
    outputs, *finals = make(case)(X[:0])
    assert outputs.shape == (0, TIME, UNITS)
    assert [final.shape for final in finals] == [(0, UNITS)] * case.state_count


@each_loop
@pytest.mark.parametrize("mask", [None, MASK], ids=["unmasked", "masked"])
@pytest.mark.parametrize("go_backwards", [False, True])
def test_unrolled_equals_the_loop(case, go_backwards, mask):
    states = case.make_states()
    expected = run_with_gradients(make(case, go_backwards=go_backwards), X, states, mask=mask)
    layer = make(case, go_backwards=go_backwards, unroll=True)
    assert_close(run_with_gradients(layer, X, states, mask=mask), expected, TOLERANCE)


@pytest.mark.representative("LSTM")
@each_loop
def test_xla_equals_eager(case):
    layer, states = make(case), case.make_states()

    @tf.function(jit_compile=True)
    def compiled(x):
        return run_with_gradients(layer, x, states, mask=MASK)

    assert_close(compiled(X), run_with_gradients(layer, X, states, mask=MASK), TOLERANCE)
