"""The two ways of one vector into a sequence."""

import keras
import numpy as np
import pytest

from seqzoo.layers import GRU, LSTM, GRUCell, LSTMCell
from seqzoo.layers.one_to_many import OneToMany
from tests.contracts import numpy_reference
from tests.contracts.layer_cases import assert_close, random, random_weights
from tests.layers.conditioned_cases import BATCH, FEATURES, PLAIN, SOURCE_FEATURES, TIME, UNITS

# Two runs of the same float64 sums.
TOLERANCE = 1e-12
X = random(BATCH, SOURCE_FEATURES, seed=1)
SEQUENCE = random(BATCH, TIME, FEATURES, seed=2)
MASK = np.array([[0, 0, 1, 1, 1], [1, 0, 1, 0, 0]], bool)


def make(inject, decoder=None, **arguments):
    """The layer, built, with distinct random weights."""
    layer = OneToMany(decoder or LSTM(UNITS, **PLAIN, **arguments), inject, dtype="float64")
    layer.build([X.shape, SEQUENCE.shape])
    layer.set_weights(random_weights(layer))
    return layer


def test_equations_of_the_initial_state():
    layer = make("initial_state", return_state=True)
    V_h, b_h, V_c, b_c = layer.projection.get_weights()
    states = [np.tanh(X @ V_h + b_h), np.tanh(X @ V_c + b_c)]
    assert_close(layer.start(X), states, TOLERANCE)
    outputs, states = numpy_reference.run(
        numpy_reference.lstm, layer.decoder.get_weights(), SEQUENCE, states
    )
    assert_close(layer([X, SEQUENCE]), [outputs, *states], TOLERANCE)


def test_equations_of_the_first_input():
    layer = make("first_input", return_state=True)
    V, b = layer.projection.get_weights()
    step, weights = numpy_reference.lstm, layer.decoder.get_weights()
    _, states = step(weights, X @ V + b, [np.zeros((BATCH, UNITS))] * 2)
    assert_close(layer.start(X), states, TOLERANCE)
    outputs, states = numpy_reference.run(step, weights, SEQUENCE, states)
    assert_close(layer([X, SEQUENCE]), [outputs, *states], TOLERANCE)


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
@pytest.mark.parametrize("options", [{}, {"unroll": True}, {"zero_output_for_mask": True}], ids=str)
def test_padding_before_the_sequence(inject, options):
    """The first input is no padding, though what follows it may be."""
    layer = make(inject, **options)
    outputs = layer([X, SEQUENCE], mask=[None, MASK])
    for row in range(BATCH):
        alone = layer([X[row : row + 1], SEQUENCE[row : row + 1][:, MASK[row]]])
        assert_close(outputs[row][MASK[row]], alone[0], TOLERANCE)
    if options.get("zero_output_for_mask"):
        assert not np.any(outputs.numpy()[~MASK])


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_nested_states(inject):
    cells = [GRUCell(2, dtype="float64"), LSTMCell(UNITS, dtype="float64")]
    layer = make(inject, keras.layers.RNN(cells, **PLAIN))
    shapes = keras.tree.map_structure(lambda state: tuple(state.shape), layer.start(X))
    assert shapes == (((BATCH, 2),), ((BATCH, UNITS), (BATCH, UNITS)))


def test_one_dropout_mask_serves_the_first_input_too():
    """Gal & Ghahramani: what is dropped is dropped at all time steps, x's own included."""
    layer = make("first_input", GRU(UNITS, dropout=0.5, recurrent_dropout=0.5, seed=1, **PLAIN))
    projected = np.asarray(layer.projection(X))
    long = np.concatenate([projected[:, None], SEQUENCE], axis=1)
    outputs = layer([X, SEQUENCE], training=True)
    twin = GRU.from_config(layer.decoder.get_config())
    twin.build(long.shape)
    twin.set_weights(layer.decoder.get_weights())
    assert_close(outputs, twin(long, training=True)[:, 1:], TOLERANCE)
    assert np.abs(outputs - layer([X, SEQUENCE])).max() > 1e-3


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_configuration(inject):
    layer = OneToMany.from_config(make(inject).get_config())
    assert layer.inject == inject


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_start_before_the_layer_is_built(inject):
    layer = OneToMany(LSTM(UNITS, return_sequences=True), inject)
    with pytest.raises(ValueError, match="must be built before `start`"):
        layer.start(X)


def test_way_that_is_none_of_the_names():
    with pytest.raises(ValueError, match=r"`inject` must be 'initial_state' or.*'merge'"):
        OneToMany(LSTM(UNITS, return_sequences=True), inject="merge")
