"""Padded equals unpadded, in outputs, states and gradients, wherever the padding stands."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import (
    FEATURES,
    UNITS,
    assert_close,
    each_layer,
    each_loop,
    random,
    randomize,
)

# The padded and the unpadded run compute the same float64 sums.
TOLERANCE = 1e-12

MASK = np.array(
    [
        [0, 0, 1, 1, 1, 1],  # left
        [1, 1, 1, 0, 0, 0],  # right
        [1, 0, 1, 1, 0, 1],  # inner
        [0, 1, 0, 0, 1, 0],  # all of these
        [1, 1, 1, 1, 1, 1],  # none
        [0, 0, 0, 0, 0, 0],  # nothing but padding
    ],
    bool,
)
ROWS, TIME = MASK.shape
X = random(ROWS, TIME, FEATURES)
OPTIONS = [
    {},
    pytest.param({"unroll": True}, marks=pytest.mark.exhaustive),
    pytest.param({"zero_output_for_mask": True}, marks=pytest.mark.exhaustive),
    {"go_backwards": True, "zero_output_for_mask": True},
    {"go_backwards": True, "unroll": True, "zero_output_for_mask": True},
]
each_option = pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "+".join(o) or "plain")


def make(case, **arguments):
    return randomize(case.make(dtype="float64", **arguments))


def in_time(outputs, backwards):
    """Outputs in the order of time, whichever way the layer ran."""
    return tf.reverse(outputs, [1]) if backwards else outputs


def run_padded(layer, x, states):
    """All outputs in the order of time, final states, and gradients by x, states and weights."""
    x, states = tf.constant(x), [tf.constant(state) for state in states]
    with tf.GradientTape() as tape:
        tape.watch([x, states])
        outputs, *finals = layer(x, initial_state=states, mask=MASK)
        outputs = in_time(outputs, layer.go_backwards)
        value = objective(outputs[MASK], finals, MASK, range(ROWS))
    return outputs, finals, tape.gradient(value, [x, *states, *layer.trainable_weights])


def run_unpadded(layer, row, states):
    """The same of one row without its padding."""
    x = tf.constant(X[row : row + 1][:, MASK[row]])
    states = [tf.constant(state[row : row + 1]) for state in states]
    with tf.GradientTape() as tape:
        tape.watch([x, states])
        outputs, *finals = layer(x, initial_state=states)
        outputs = in_time(outputs, layer.go_backwards)
        value = objective(outputs[0], finals, MASK[row], [row])
    return outputs, finals, tape.gradient(value, [x, *states, *layer.trainable_weights])


def objective(outputs, finals, mask, rows):
    """A sum of valid outputs and final states; each has a factor that goes with its place."""
    rows = list(rows)
    factors = random(ROWS, TIME, UNITS, seed=7)[rows][mask.reshape(len(rows), TIME)]
    value = tf.reduce_sum(outputs * factors)
    for n, final in enumerate(finals):
        value += tf.reduce_sum(final * random(ROWS, UNITS, seed=8 + n)[rows])
    return value


@pytest.mark.representative(
    "plain-LIF-subtract",
    "go_backwards+zero_output_for_mask-PeepholeLSTM",
    "go_backwards+zero_output_for_mask-LayerNormLSTM",
    "go_backwards+zero_output_for_mask-LIF-zero",
    "go_backwards+zero_output_for_mask-GRU-reset-after",
    "go_backwards+zero_output_for_mask-GRU-chung",
    "go_backwards+unroll+zero_output_for_mask-SimpleRNN",
    "go_backwards+unroll+zero_output_for_mask-LSTM",
    "go_backwards+unroll+zero_output_for_mask-GRU-reset-before",
)
@each_layer
@each_option
def test_padded_equals_unpadded(case, options):
    layer = make(case, return_sequences=True, return_state=True, **options)
    states = case.make_states(batch=ROWS)
    outputs, finals, (by_x, *by_states_and_weights) = run_padded(layer, X, states)
    by_states = by_states_and_weights[: case.state_count]
    by_weights = [np.zeros(weight.shape) for weight in layer.trainable_weights]
    for row in np.flatnonzero(MASK.any(axis=1)):
        expected, row_finals, (row_by_x, *rest) = run_unpadded(layer, row, states)
        assert_close(outputs[row][MASK[row]], expected[0], TOLERANCE)
        assert_close([final[row] for final in finals], [f[0] for f in row_finals], TOLERANCE)
        assert_close(by_x[row][MASK[row]], row_by_x[0], TOLERANCE)
        row_by_states = rest[: case.state_count]
        assert_close([g[row] for g in by_states], [g[0] for g in row_by_states], TOLERANCE)
        by_weights = [a + b for a, b in zip(by_weights, rest[case.state_count :], strict=True)]
    assert_close(by_states_and_weights[case.state_count :], by_weights, TOLERANCE)
    assert not np.any(by_x.numpy()[~MASK])


@each_loop
@each_option
def test_last_output_is_that_of_the_last_valid_step(case, options):
    layer = make(case, **options)
    last = layer(X, mask=MASK)
    for row in np.flatnonzero(MASK.any(axis=1)):
        assert_close(last[row], layer(X[row : row + 1][:, MASK[row]])[0], TOLERANCE)


@each_loop
@each_option
def test_masked_steps_repeat_the_output_or_give_zeros(case, options):
    layer = make(case, return_sequences=True, **options)
    outputs = layer(X, mask=MASK).numpy()
    mask = MASK[:, ::-1] if layer.go_backwards else MASK
    before = np.concatenate([np.zeros((ROWS, 1, UNITS)), outputs[:, :-1]], axis=1)
    expected = np.zeros_like(outputs) if layer.zero_output_for_mask else before
    assert_close(outputs[~mask], expected[~mask], 0)


@each_loop
@pytest.mark.parametrize("unroll", [False, True])
def test_row_of_padding_keeps_its_states(case, unroll):
    layer = make(case, return_state=True, unroll=unroll)
    states = case.make_states(batch=ROWS)
    output, *finals = layer(X, initial_state=states, mask=MASK)
    assert_close([final[-1] for final in finals], [state[-1] for state in states], 0)
    assert_close(output[-1], np.zeros(UNITS), 0)


@each_loop
@pytest.mark.parametrize("garbage", [1e30, np.inf, np.nan])
def test_garbage_in_the_padding_changes_nothing(case, garbage):
    # tanh would hide how large the padding is.
    layer = make(case, return_sequences=True, return_state=True, **case.variant)
    states = case.make_states(batch=ROWS)
    expected = run_padded(layer, X, states)
    garbled = np.where(MASK[..., None], X, garbage)
    assert_close(run_padded(layer, garbled, states), expected, 0)


@each_loop
def test_mask_of_numbers_means_what_a_mask_of_booleans_means(case):
    layer = make(case, return_sequences=True, zero_output_for_mask=True)
    assert_close(layer(X, mask=MASK.astype("int32")), layer(X, mask=MASK), 0)


def merged_unpadded(layer, row):
    """What a Bidirectional layer gives for a row without its padding, as a list of answers."""
    answers = layer(X[row : row + 1][:, MASK[row]])
    return [answer[0] for answer in (answers if isinstance(answers, tuple) else [answers])]


@pytest.mark.representative("concat-True-GRU-reset-after", "mul-False-LSTM", "None-False-LIF-zero")
@each_loop
@pytest.mark.parametrize(
    ("merge_mode", "unroll"),
    [("concat", False), ("concat", True), ("mul", False), (None, False)],
)
def test_bidirectional_sequences(case, merge_mode, unroll):
    inner = case.make(return_sequences=True, unroll=unroll, dtype="float64")
    layer = randomize(Bidirectional(inner, merge_mode=merge_mode, dtype="float64"))
    garbled = np.where(MASK[..., None], X, np.nan)
    padded = layer(garbled, mask=MASK)
    padded = [answer.numpy() for answer in (padded if merge_mode is None else [padded])]
    for row in np.flatnonzero(MASK.any(axis=1)):
        actual = [answer[row][MASK[row]] for answer in padded]
        assert_close(actual, merged_unpadded(layer, row), TOLERANCE)
    assert not any(np.any(answer[~MASK]) for answer in padded)


@each_loop
def test_bidirectional_last_outputs_and_states(case):
    inner = case.make(return_state=True, dtype="float64")
    layer = randomize(Bidirectional(inner, dtype="float64"))
    padded = layer(X, mask=MASK)
    for row in np.flatnonzero(MASK.any(axis=1)):
        assert_close([a[row] for a in padded], merged_unpadded(layer, row), TOLERANCE)


@each_loop
def test_bidirectional_gradients(case):
    layer = randomize(Bidirectional(case.make(dtype="float64"), dtype="float64"))
    factors = random(ROWS, 2 * UNITS, seed=7) * MASK.any(axis=1, keepdims=True)

    def gradients(rows_and_masks):
        with tf.GradientTape() as tape:
            value = sum(
                tf.reduce_sum(layer(x, mask=mask) * factors[rows])
                for rows, x, mask in rows_and_masks
            )
        return tape.gradient(value, layer.trainable_weights)

    valid = np.flatnonzero(MASK.any(axis=1))
    unpadded = [([row], X[row : row + 1][:, MASK[row]], None) for row in valid]
    assert_close(gradients([(slice(None), X, MASK)]), gradients(unpadded), TOLERANCE)
