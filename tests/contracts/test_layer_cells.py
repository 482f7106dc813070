"""Cells are at home in Keras: in its RNN layer, in a stack, and called by hand."""

import keras
import numpy as np

from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    FLOAT32,
    TIME,
    UNITS,
    assert_close,
    each_layer,
    each_single_state_layer,
    random,
    randomize,
    run_with_gradients,
)

# The same float64 sums.
TOLERANCE = 1e-12

X = random(BATCH, TIME, FEATURES)
MASK = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]], bool)
FULL = {"return_sequences": True, "return_state": True, "dtype": "float64"}


@each_layer
def test_cell_in_a_layer_of_keras_equals_our_layer(case):
    wrapped = randomize(keras.layers.RNN(case.make_cell(dtype="float64"), **FULL))
    layer, states = randomize(case.make(**FULL)), case.make_states()
    expected = run_with_gradients(layer, X, states, mask=MASK)
    assert_close(run_with_gradients(wrapped, X, states, mask=MASK), expected, TOLERANCE)


@each_layer
def test_list_of_cells_equals_layers_behind_one_another(case):
    # Keras's stack of cells casts to float32, whatever the dtype of the layer.
    x = X.astype("float32")
    stack = randomize(keras.layers.RNN([case.make_cell(), case.make_cell()]))
    first, second = randomize(case.make(return_sequences=True)), case.make()
    randomize(second, features=UNITS)
    count = len(first.get_weights())
    first.set_weights(stack.get_weights()[:count])
    second.set_weights(stack.get_weights()[count:])
    assert_close(stack(x), second(first(x)), FLOAT32)


@each_layer
def test_cell_says_what_it_holds(case):
    cell = case.make_cell()
    assert cell.output_size == UNITS
    assert cell.state_size == (UNITS if case.state_count == 1 else [UNITS] * case.state_count)
    states = cell.get_initial_state(batch_size=BATCH)
    assert [state.shape for state in states] == [(BATCH, UNITS)] * case.state_count
    assert not np.any(states)


@each_layer
def test_steps_by_hand_equal_the_layer(case):
    layer, states = randomize(case.make(**FULL)), case.make_states()
    outputs, *finals = layer(X, initial_state=states)
    for t in range(TIME):
        output, states = layer.cell(X[:, t], states)
        assert isinstance(states, list)
        assert_close(output, outputs[:, t], TOLERANCE)
    assert_close(states, finals, TOLERANCE)


@each_single_state_layer
def test_single_state_comes_back_as_it_went(case):
    cell, (state,) = case.make_cell(dtype="float64"), case.make_states()
    output, new_state = cell(X[:, 0], state)
    listed_output, (listed_state,) = cell(X[:, 0], [state])
    assert new_state.shape == (BATCH, UNITS)
    assert_close([output, new_state], [listed_output, listed_state], 0)
