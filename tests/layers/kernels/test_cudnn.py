"""The kernel of cuDNN, on a stand-in that behaves as cuDNN does after Keras's calls of it."""

import numpy as np
import pytest
import tensorflow as tf

# Keras has no public name for its loop over time.
from keras.src import backend

from seqzoo.layers import GRU, LSTM, LSTMCell
from tests.contracts.layer_cases import (
    FEATURES,
    UNITS,
    assert_close,
    mix,
    random,
    randomize,
)

# The same float64 operations in the same order but for the sums of gradients.
TOLERANCE = 1e-12
RIGHT = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 1, 0]], bool)
LEFT = RIGHT[:, ::-1]
EMPTY_ROW = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], bool)
MASKS = {"none": None, "right": RIGHT, "left": LEFT, "empty-row": EMPTY_ROW}
ROWS, TIME = RIGHT.shape
X = random(ROWS, TIME, FEATURES)


def run_stand_in(layer, sequences, initial_state, mask):
    """What Keras answers from cuDNN: padding on the right only, where the outputs are zero."""
    lengths = tf.fill([ROWS], TIME)
    if mask is not None:
        lengths = tf.reduce_sum(tf.cast(mask, "int32"), axis=1)
    if layer.go_backwards:
        sequences = tf.reverse_sequence(sequences, lengths, seq_axis=1, batch_axis=0)
    valid = tf.sequence_mask(lengths, TIME)
    _, outputs, states = backend.rnn(
        lambda inputs, states: layer.cell(inputs, list(states), training=False),
        sequences,
        initial_state,
        mask=valid,
        return_all_outputs=True,
    )
    outputs = tf.where(valid[..., None], outputs, 0)
    if layer.go_backwards:
        outputs = tf.reverse_sequence(outputs, lengths, seq_axis=1, batch_axis=0)
        outputs = tf.reverse(outputs, axis=[1])
    if not layer.return_sequences:
        outputs = states[0][:, None]
    return states[0], outputs, list(states)


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    """A list that grows with every call of cuDNN's stand-in, which only LSTM and GRU have."""
    calls = []

    def call(*arguments):
        calls.append(1)
        return run_stand_in(*arguments)

    for layer in (LSTM, GRU):
        monkeypatch.setattr(layer, "cudnn_ok", lambda self: True)
        monkeypatch.setattr(layer, "call_cudnn", call)
    return calls


def make(layer, **arguments):
    arguments = {"return_sequences": True, "return_state": True, **arguments}
    return randomize(layer(UNITS, dtype="float64", **arguments))


def run(layer, mask, **call):
    """The answers, and the gradients of their `mix`."""
    x = tf.constant(X)
    states = [
        tf.constant(random(ROWS, UNITS, seed=9 + n)) for n in range(len(layer.cell.state_names))
    ]
    with tf.GradientTape() as tape:
        tape.watch([x, states])
        answers = layer(x, initial_state=states, mask=mask, **call)
        value = mix(answers)
    return answers, tape.gradient(value, [x, *states, *layer.trainable_weights])


@pytest.mark.representative(
    "plain-left-LSTM",
    "zero_output_for_mask-none-LSTM",
    "go_backwards-empty-row-LSTM",
    "go_backwards+zero_output_for_mask-none-LSTM",
    "return_sequences-right-LSTM",
    "return_sequences+go_backwards-none-GRU",
)
@pytest.mark.parametrize("layer", [LSTM, GRU])
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"zero_output_for_mask": True},
        {"go_backwards": True},
        {"go_backwards": True, "zero_output_for_mask": True},
        {"return_sequences": False},
        {"return_sequences": False, "go_backwards": True},
    ],
    ids=lambda options: "+".join(options) or "plain",
)
def test_same_as_the_cell(layer, mask, options, calls):
    actual = run(make(layer, **options), mask)
    # Padding that cuDNN does not know is for another kernel.
    assert bool(calls) == (mask is None or mask is RIGHT)
    expected = run(make(layer, use_cudnn=False, **options), mask)
    assert_close(actual, expected, TOLERANCE)


@pytest.mark.parametrize("mask", [None, RIGHT, LEFT], ids=["none", "right", "left"])
def test_dropout_of_the_inputs(mask):
    options = {"dropout": 0.4, "seed": 3}
    actual = run(make(LSTM, **options), mask, training=True)
    expected = run(make(LSTM, use_cudnn=False, **options), mask, training=True)
    assert_close(actual, expected, TOLERANCE)


@pytest.mark.parametrize("mask", [RIGHT, LEFT], ids=["right", "left"])
def test_graph_of_training(mask):
    layer, plain = make(GRU), make(GRU, use_cudnn=False)
    graph = tf.function(lambda mask: run(layer, mask, training=True))
    assert_close(graph(tf.constant(mask)), run(plain, mask), TOLERANCE)


class OwnCell(LSTMCell):
    pass


class OwnLSTM(LSTM):
    cell_class = OwnCell


@pytest.mark.parametrize(
    "options",
    [
        {"recurrent_dropout": 0.1},
        {"dropout": 0.1, "implementation": 1},
        {"gradient_steps": 2},
    ],
    ids=lambda options: "+".join(options),
)
def test_what_cudnn_can_not_do_it_is_not_asked_to(options, calls):
    run(make(LSTM, **options), RIGHT, training=True)
    assert not calls
    with pytest.raises(ValueError, match="`use_cudnn=True` needs"):
        make(LSTM, use_cudnn=True, **options)(X)


def test_false_does_without(calls):
    run(make(LSTM, use_cudnn=False), RIGHT)
    assert not calls


def test_cell_of_a_subclass_is_not_for_cudnn(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(backend, "cudnn_ok", lambda *_, **__: True)
    assert LSTM(UNITS).cudnn_ok()
    assert not OwnLSTM(UNITS).cudnn_ok()
