"""States: given, returned, handed over, kept, stepped, and run from the other end."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    assert_close,
    each_layer,
    each_loop,
    each_single_state_layer,
    random,
    randomize,
)

# The same float64 sums in the same order, over other loops.
TOLERANCE = 1e-12

X = random(BATCH, TIME, FEATURES)
MASK = np.array([[0, 1, 1, 0, 0], [1, 0, 0, 1, 1]], bool)
FULL = {"return_sequences": True, "return_state": True, "dtype": "float64"}


def make(case, **arguments):
    return randomize(case.make(**FULL, **arguments))


@each_loop
@pytest.mark.parametrize("cut", range(1, TIME))
def test_parts_with_the_state_handed_over_equal_the_whole(case, cut):
    layer, states = make(case), case.make_states()
    whole, *finals = layer(X, initial_state=states)
    first, *between = layer(X[:, :cut], initial_state=states)
    second, *last = layer(X[:, cut:], initial_state=between)
    assert_close(np.concatenate([first, second], axis=1), whole, TOLERANCE)
    assert_close(last, finals, TOLERANCE)


@each_loop
def test_padded_parts_equal_the_whole(case):
    layer, states = make(case), case.make_states()
    whole, *finals = layer(X, initial_state=states, mask=MASK)
    first, *between = layer(X[:, :3], initial_state=states, mask=MASK[:, :3])
    second, *last = layer(X[:, 3:], initial_state=between, mask=MASK[:, 3:])
    joined = np.concatenate([first, second], axis=1)
    assert_close(joined[MASK], whole.numpy()[MASK], TOLERANCE)
    assert_close(last, finals, TOLERANCE)


@each_layer
def test_first_state_is_the_last_output(case):
    outputs, h, *_ = make(case)(X)
    assert_close(h, outputs[:, -1], 0)


@each_single_state_layer
def test_single_state_needs_no_list(case):
    layer, (state,) = make(case), case.make_states()
    assert_close(layer(X, initial_state=state), layer(X, initial_state=[state]), 0)


@each_loop
def test_stateful_continues_and_resets(case):
    layer, kept = make(case), make(case, stateful=True)
    whole, *finals = layer(X)
    for _ in range(2):
        first = kept(X[:, :2])
        second = kept(X[:, 2:])
        assert_close(np.concatenate([first[0], second[0]], axis=1), whole, TOLERANCE)
        assert_close(second[1:], finals, TOLERANCE)
        kept.reset_state()


@each_loop
def test_stateful_continues_over_padding(case):
    layer, kept = make(case), make(case, stateful=True)
    _, *finals = layer(X, mask=MASK)
    kept(X[:, :3], mask=MASK[:, :3])
    _, *last = kept(X[:, 3:], mask=MASK[:, 3:])
    assert_close(last, finals, TOLERANCE)


@each_loop
def test_given_state_goes_before_the_kept_one(case):
    layer, kept, states = make(case), make(case, stateful=True), case.make_states()
    kept(X)
    assert_close(kept(X, initial_state=states), layer(X, initial_state=states), TOLERANCE)


STATEFUL = {
    "LSTM": layers.LSTM,
    "LIF": layers.LIF,
    "Bidirectional": lambda units, **options: Bidirectional(layers.LSTM(units, **options)),
    "StackedRNN": lambda units, **options: layers.StackedRNN(
        [keras.layers.GRUCell(units), layers.LSTMCell(units)], **options
    ),
}


@pytest.mark.representative("LSTM")
@pytest.mark.parametrize("make_layer", STATEFUL.values(), ids=STATEFUL)
def test_a_batch_that_is_not_the_kept_states_size_names_the_cause(make_layer):
    model = keras.Sequential([keras.Input(batch_shape=(4, 5, 3)), make_layer(2, stateful=True)])
    model.compile("sgd", "mse")
    x, y = random(6, 5, 3), random(6, *model.output_shape[1:])
    message = r"is stateful and keeps the states of 4 sequences.*drop_remainder=True.*\[2\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        model.predict(x, batch_size=4, verbose=0)
    model.fit(x[:4], y[:4], batch_size=4, shuffle=False, verbose=0)


@each_layer
def test_go_backwards_is_forwards_over_the_flipped_input(case):
    states = case.make_states()
    expected = make(case)(X[:, ::-1], initial_state=states, mask=MASK[:, ::-1])
    actual = make(case, go_backwards=True)(X, initial_state=states, mask=MASK)
    assert_close(actual, expected, TOLERANCE)


def make_bidirectional(case, **arguments):
    return randomize(Bidirectional(case.make(**FULL, **arguments), dtype="float64"))


@each_loop
def test_bidirectional_gives_each_direction_its_states(case):
    layer, (states, others) = make_bidirectional(case), (case.make_states(), case.make_states())
    others = [2 * state for state in others]
    outputs, *finals = layer(X, initial_state=[*states, *others])
    forward = layer.forward_layer(X, initial_state=states)
    backward = layer.backward_layer(X, initial_state=others)
    expected = np.concatenate([forward[0], backward[0][:, ::-1]], axis=-1)
    assert_close([outputs, *finals], [expected, *forward[1:], *backward[1:]], TOLERANCE)


@each_loop
def test_stateful_bidirectional_continues_and_resets(case):
    layer, kept = make_bidirectional(case), make_bidirectional(case, stateful=True)
    for _ in range(2):
        _, *states = kept(X[:, :2])
        assert_close(kept(X[:, 2:]), layer(X[:, 2:], initial_state=states), TOLERANCE)
        kept.reset_state()
