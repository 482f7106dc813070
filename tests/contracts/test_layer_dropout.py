"""Dropout: one mask for all time steps, of the right share and scale, and only in training.

The mask is not looked up in the cell. It is found from what the layer computes: dropping an input
or a state is the same as scaling the rows of the weights that it meets, so the mask is the one
with which the NumPy reference gives the outputs of all time steps.
"""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.contracts import numpy_reference
from tests.contracts.layer_cases import (
    TIME,
    UNITS,
    assert_close,
    each_layer,
    each_loop,
    random,
    randomize,
)

RATE = 0.4
ROWS, FEATURES = 60, 3
X = random(ROWS, TIME, FEATURES)
# Which weight each dropout's mask scales, and the size of the mask.
DROPOUTS = {"dropout": (0, FEATURES), "recurrent_dropout": (1, UNITS)}
each_dropout = pytest.mark.parametrize("dropout", DROPOUTS)


def make(case, seed=3, **arguments):
    layer = case.make(
        return_sequences=True, return_state=True, seed=seed, dtype="float64", **arguments
    )
    return randomize(layer, features=FEATURES)


def find_masks(case, layer, dropout, groups):
    """For every row of X, the masks that explain the outputs at all time steps and the finals.

    Args:
        case: The case.
        layer: Its layer, with dropout.
        dropout: Which dropout.
        groups: Lists of gates; those of a list share a mask.

    Returns:
        The masks, `(rows, groups, size of a mask)`.
    """
    position, size = DROPOUTS[dropout]
    states = case.make_states(batch=ROWS)
    answers = join(layer(X, initial_state=states, training=True))
    choices = itertools.product([0, 1 / (1 - RATE)], repeat=size * len(groups))
    choices = np.array(list(choices)).reshape(-1, len(groups), size)
    explains = []
    for masks in choices:
        weights = layer.get_weights()
        for mask, gates in zip(masks, groups, strict=True):
            columns = np.isin(gate_of_column(weights[position]), gates)
            weights[position][:, columns] *= mask[:, None]
        outputs, finals = numpy_reference.run(case.step, weights, X, states)
        # The same float64 sums in another order.
        explains.append(np.abs(answers - join([outputs, *finals])).max(axis=1) < 1e-12)
    explanations = np.sum(explains, axis=0)
    assert (explanations > 0).all()
    # A reset gate has no effect in the few rows where all of the candidate's state is dropped;
    # there all its masks explain the row.
    assert np.mean(explanations == 1) > 0.8
    return choices[np.argmax(explains, axis=0)]


def join(answers):
    """Outputs and final states side by side, `(rows, numbers)`."""
    return np.concatenate([np.reshape(answer, (ROWS, -1)) for answer in answers], axis=1)


def gate_of_column(weight):
    return np.arange(weight.shape[1]) // UNITS


def find_mask_of_gate(case, dropout, gate):
    """The mask of one gate, with the weights of the others zeroed so that theirs do not matter.

    The candidate stays: without it the reset gate of a GRU has no effect.
    """
    layer = make(case, implementation=1, **{dropout: RATE})
    kept = sorted({gate, min(case.candidate, case.layer.cell_class.gates - 1)})
    weights = layer.get_weights()
    weight = weights[DROPOUTS[dropout][0]]
    weight[:, ~np.isin(gate_of_column(weight), kept)] = 0
    layer.set_weights(weights)
    return find_masks(case, layer, dropout, [[each] for each in kept])[:, kept.index(gate)]


@each_layer
def test_one_mask_for_all_time_steps_and_gates(case):
    layer = make(case, dropout=RATE, implementation=2)
    masks = find_masks(case, layer, "dropout", [list(range(layer.cell.gates))])
    # 180 draws: the share has a standard deviation of 0.04.
    assert np.mean(masks == 0) == pytest.approx(RATE, abs=0.1)
    assert len(np.unique(masks, axis=0)) > 1


@pytest.mark.representative(
    "dropout-SimpleRNN",
    "dropout-LayerNormLSTM",
    "dropout-LIF-zero",
    "dropout-GRU-reset-after",
    "dropout-GRU-chung",
    "recurrent_dropout-LSTM",
    "recurrent_dropout-PeepholeLSTM",
    "recurrent_dropout-LIF-subtract",
    "recurrent_dropout-GRU-reset-before",
)
@each_layer
@each_dropout
def test_one_mask_for_all_time_steps_in_each_gate(case, dropout):
    masks = [find_mask_of_gate(case, dropout, gate) for gate in range(case.layer.cell_class.gates)]
    assert np.mean(np.array(masks) == 0) == pytest.approx(RATE, abs=0.1)
    for one, other in itertools.combinations(masks, 2):
        assert (one != other).any()


@pytest.mark.representative(
    "1-recurrent_dropout-GRU-reset-after", "2-dropout-LSTM", "2-dropout-LIF-zero"
)
@each_loop
@each_dropout
@pytest.mark.parametrize("implementation", [1, 2])
def test_off_in_inference(case, dropout, implementation):
    layer = make(case, implementation=implementation, **{dropout: RATE})
    assert_close(layer(X), make(case)(X), 0)
    assert_close(layer(X, training=False), make(case)(X), 0)


@each_loop
@each_dropout
def test_seed_repeats(case, dropout):
    one, other, third = (make(case, seed, **{dropout: RATE}) for seed in (3, 3, 4))
    first = join(one(X, training=True))
    assert_close(first, join(other(X, training=True)), 0)
    assert np.abs(first - join(third(X, training=True))).max() > 0.01
    assert np.abs(first - join(one(X, training=True))).max() > 0.01


@pytest.mark.representative("1-LIF-zero", "2-LSTM", "2-GRU-reset-after")
@each_loop
@pytest.mark.parametrize("implementation", [1, 2])
def test_graph_draws_what_eager_draws(case, implementation):
    arguments = {"dropout": RATE, "implementation": implementation}
    if implementation == 1:
        arguments["recurrent_dropout"] = RATE
    graph = tf.function(make(case, **arguments))
    eager = make(case, **arguments)
    for _ in range(2):
        assert_close(graph(X, training=True), eager(X, training=True), 1e-12)


@each_loop
@each_dropout
def test_rate_of_one_drops_everything(case, dropout):
    layer, without = make(case, **{dropout: 1.0}), make(case)
    weights = without.get_weights()
    weights[DROPOUTS[dropout][0]] *= 0
    without.set_weights(weights)
    assert_close(layer(X, training=True), without(X), 1e-12)


@each_layer
def test_cell_in_a_layer_of_keras_keeps_its_mask(case):
    arguments = {"dropout": RATE, "recurrent_dropout": RATE, "seed": 3, "dtype": "float64"}
    wrapped = keras.layers.RNN(
        case.make_cell(**arguments), return_sequences=True, return_state=True, dtype="float64"
    )
    randomize(wrapped, features=FEATURES)
    layer = make(case, dropout=RATE, recurrent_dropout=RATE)
    assert_close(wrapped(X, training=True), layer(X, training=True), 1e-12)
