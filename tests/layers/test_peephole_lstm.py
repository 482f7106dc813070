"""Peepholes: what they add to an LSTM."""

import numpy as np
import pytest

from seqzoo.layers import LSTM, PeepholeLSTM
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
    return randomize(PeepholeLSTM(UNITS, return_sequences=True, dtype="float64", **arguments))


@pytest.mark.parametrize(
    "arguments",
    [{}, {"use_bias": False}, {"activation": "relu", "recurrent_activation": "hard_sigmoid"}],
    ids=str,
)
def test_without_peepholes_it_is_an_lstm(arguments):
    layer = make(**arguments)
    lstm = randomize(LSTM(UNITS, return_sequences=True, dtype="float64", **arguments))
    layer.set_weights([*lstm.get_weights(), np.zeros((3, UNITS))])
    # The same float64 operations, and sums with zeros.
    assert_close(layer(X), lstm(X), 1e-15)


def test_peepholes_start_at_zero():
    layer = PeepholeLSTM(UNITS)
    layer.build(X.shape)
    assert layer.weights[-1].shape == (3, UNITS)
    assert not np.any(layer.get_weights()[-1])


@pytest.mark.parametrize(("row", "first_step"), [(0, 1), (1, 1), (2, 0)], ids=["i", "f", "o"])
def test_first_time_step_at_which_each_gate_sees_the_cell_state(row, first_step):
    """From a zero state the input and forget gates see nothing at first; the output gate does."""
    layer = make()
    weights = layer.get_weights()
    weights[-1][:] = 0
    layer.set_weights(weights)
    without = layer(X)
    weights[-1][row] = 1.5
    layer.set_weights(weights)
    differs = np.abs(layer(X) - without).max(axis=(0, 2)) > 1e-6
    assert np.argmax(differs) == first_step
