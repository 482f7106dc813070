"""A stream by `step`, with states by name; and ragged sequences."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import LSTM, Bidirectional
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    FLOAT32,
    TIME,
    assert_close,
    each_layer,
    each_loop,
    random,
    randomize,
)


@each_layer
def test_steps_are_the_sequence(case):
    layer = randomize(case.make(return_sequences=True, return_state=True))
    x = random(BATCH, TIME, FEATURES, dtype="float32")
    outputs, *states = layer(x)
    stepped, state = [], None
    for t in range(TIME):
        output, state = layer.step(x[:, t], state)
        stepped.append(output)
    assert_close([np.stack(stepped, axis=1), *state], [outputs, *states], FLOAT32)


@each_layer
def test_states_have_names(case):
    layer = case.make()
    _, state = layer.step(random(BATCH, FEATURES, dtype="float32"))
    assert type(state).__name__ == f"{case.layer.__name__}State"
    assert state._fields == tuple(layer.cell.state_names)


@each_layer
def test_a_sequence_goes_on_from_named_states(case):
    layer = randomize(case.make(return_state=True))
    x = random(BATCH, TIME, FEATURES, dtype="float32")
    whole = layer(x)
    _, *states = layer(x[:, :2])
    assert_close(layer(x[:, 2:], initial_state=layer.cell.named_states(states)), whole, FLOAT32)


def ragged():
    x = random(4, TIME, FEATURES, dtype="float32")
    return tf.RaggedTensor.from_tensor(x, lengths=[3, 0, TIME, 1])


@pytest.mark.representative(
    "False-both ways-LIF-zero", "True-alone-LSTM", "True-alone-GRU-reset-after"
)
@each_loop
@pytest.mark.parametrize("wrap", [lambda layer: layer, Bidirectional], ids=["alone", "both ways"])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_ragged_sequences_are_padded_ones(case, wrap, return_sequences):
    layer = wrap(case.make(return_sequences=return_sequences))
    x = ragged()
    padded, mask = x.to_tensor(), tf.sequence_mask(x.row_lengths())
    answer = layer(x)
    assert_close(answer, layer(padded, mask=mask), 0)
    if return_sequences:
        assert_close(answer._keras_mask, mask, 0)
    for row, length in enumerate(x.row_lengths()):
        if length:
            alone = layer(padded[row : row + 1, :length])[0]
            assert_close(answer[row, :length] if return_sequences else answer[row], alone, FLOAT32)


@each_loop
def test_ragged_sequences_in_a_graph(case):
    layer, x = case.make(), ragged()
    assert_close(tf.function(layer)(x), layer(x), FLOAT32)


@each_layer
def test_ragged_sequences_without_time_steps(case):
    x = tf.RaggedTensor.from_tensor(random(2, 1, FEATURES, dtype="float32"), lengths=[0, 0])
    assert_close(case.make()(x), np.zeros((2, 3)), 0)


def test_features_are_not_ragged():
    x = tf.ragged.constant([[[1.0, 2.0], [3.0]], [[4.0]]])
    with pytest.raises(ValueError, match=r"must be ragged only in time.*ragged along 2 axes"):
        LSTM(3)(x)


@each_layer
def test_ragged_sequences_have_their_own_mask(case):
    with pytest.raises(ValueError, match="`mask` must be None"):
        case.make()(ragged(), mask=np.ones((4, TIME), bool))
