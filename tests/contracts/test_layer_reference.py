"""Every layer computes its paper's equations, and their derivatives, to the last digits."""

import keras
import numpy as np
import pytest

from seqzoo.layers import Bidirectional
from tests.contracts import numpy_reference
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    assert_close,
    each_layer,
    each_loop,
    mix,
    mix_factors,
    random,
    randomize,
    run_with_gradients,
)

# float64 rounds at 2e-16; the outputs are below one and come from some hundred roundings.
OUTPUT = 1e-13
# Central differences with shift s err by s^2 / 6 times the third derivative, and by the rounding
# of the mix over s: 2e-11 and 1e-10 for s = 1e-5 and values of some units. A wrong gate or a
# forgotten term is off by 1e-3 and more.
GRADIENT = 1e-8

X = random(BATCH, TIME, FEATURES)


def make(case, **arguments):
    return randomize(
        case.make(return_sequences=True, return_state=True, dtype="float64", **arguments)
    )


@each_layer
def test_outputs_and_states(case):
    layer, states = make(case), case.make_states()
    outputs, finals = numpy_reference.run(case.step, layer.get_weights(), X, states)
    assert_close(layer(X, initial_state=states), [outputs, *finals], OUTPUT)


@each_layer
def test_states_start_at_zero(case):
    layer = make(case)
    zeros = [np.zeros_like(state) for state in case.make_states()]
    outputs, finals = numpy_reference.run(case.step, layer.get_weights(), X, zeros)
    assert_close(layer(X), [outputs, *finals], OUTPUT)


@each_layer
def test_last_output(case):
    layer, states = randomize(case.make(dtype="float64")), case.make_states()
    outputs, _ = numpy_reference.run(case.step, layer.get_weights(), X, states)
    assert_close(layer(X, initial_state=states), outputs[:, -1], OUTPUT)


@each_layer
def test_without_bias(case):
    bias_shape = make(case).cell.bias.shape
    layer, states = make(case, use_bias=False), case.make_states()
    kernel, recurrent_kernel, *rest = layer.get_weights()
    weights = [kernel, recurrent_kernel, np.zeros(bias_shape), *rest]
    outputs, finals = numpy_reference.run(case.step, weights, X, states)
    assert_close(layer(X, initial_state=states), [outputs, *finals], OUTPUT)


@each_layer
def test_cell(case):
    cell, states = case.make_cell(dtype="float64"), case.make_states()
    cell.build((BATCH, FEATURES))
    cell.set_weights([random(*weight.shape, seed=n) for n, weight in enumerate(cell.weights)])
    output, new_states = case.step(cell.get_weights(), X[:, 0], states)
    assert_close(cell(X[:, 0], states), (output, new_states), OUTPUT)


@each_layer
def test_gradients(case):
    layer, states = make(case), case.make_states()
    expected = reference_gradients(case, layer.get_weights(), states)
    _, gradients = run_with_gradients(layer, X, states)
    assert_close(gradients, expected, GRADIENT)


def reference_gradients(case, weights, states):
    """The gradients of `mix` by X, the states and the weights."""
    if case.surrogate_gradients:
        outputs, finals = numpy_reference.run(case.step, weights, X, states)
        d_outputs, *d_finals = mix_factors([outputs, *finals])
        return case.surrogate_gradients(case.step, weights, X, states, d_outputs, d_finals)

    def value(arrays):
        x, arrays = arrays[0], arrays[1:]
        states, weights = arrays[: case.state_count], arrays[case.state_count :]
        outputs, finals = numpy_reference.run(case.step, weights, x, states)
        return mix([outputs, *finals])

    return numpy_reference.numeric_gradients(value, [X.copy(), *states, *weights])


MERGES = {
    "concat": lambda forward, backward: np.concatenate([forward, backward], axis=-1),
    "sum": lambda forward, backward: forward + backward,
    "ave": lambda forward, backward: (forward + backward) / 2,
    "mul": lambda forward, backward: forward * backward,
    None: lambda forward, backward: [forward, backward],
}


@each_loop
@pytest.mark.parametrize("merge_mode", MERGES)
def test_bidirectional(case, merge_mode):
    inner = case.make(return_sequences=True, return_state=True, dtype="float64")
    layer = randomize(Bidirectional(inner, merge_mode=merge_mode, dtype="float64"))
    states = [*case.make_states(), *(2 * state for state in case.make_states())]
    forward, backward, finals = numpy_reference.run_both_ways(
        case.step, layer.get_weights(), X, states
    )
    expected = keras.tree.flatten([MERGES[merge_mode](forward, backward), finals])
    assert_close(layer(X, initial_state=states), expected, OUTPUT)


@each_layer
def test_bidirectional_last_output(case):
    layer = randomize(Bidirectional(case.make(dtype="float64"), dtype="float64"))
    zeros = [np.zeros_like(state) for state in case.make_states() * 2]
    forward, backward, _ = numpy_reference.run_both_ways(case.step, layer.get_weights(), X, zeros)
    assert_close(layer(X), np.concatenate([forward[:, -1], backward[:, 0]], axis=-1), OUTPUT)
