"""The mask that a layer hands on: a second layer sees the first one's padding, and no other."""

import keras
import numpy as np
import pytest

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import FEATURES, UNITS, assert_close, each_layer, each_loop, random

# The padded and the unpadded run compute the same float64 sums.
TOLERANCE = 1e-12

MASK = np.array([[0, 0, 1, 1, 1], [1, 1, 0, 0, 0], [1, 0, 1, 1, 0], [1, 1, 1, 1, 1]], bool)
ROWS, TIME = MASK.shape
# Masking hides the time steps that are all zeros, Embedding those whose token is zero.
X = random(ROWS, TIME, FEATURES) * MASK[..., None]
TOKENS = np.random.default_rng(0).integers(1, 9, size=MASK.shape) * MASK

PLAIN = {"return_sequences": True, "dtype": "float64"}
OPTIONS = [
    {},
    {"return_state": True},
    {"stateful": True},
    {"go_backwards": True, "return_state": True, "stateful": True},
]
each_option = pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "+".join(o) or "plain")


def set_weights(model):
    model.set_weights([random(*w.shape, seed=n) for n, w in enumerate(model.get_weights())])
    return model


def two_layers(inputs, masked, make_first, make_second):
    """A model of a masking layer and two recurrent ones; it gives what the second one gives.

    Where the first gives two sequences, as Bidirectional without merging does, the second reads
    both.
    """
    answers = keras.tree.flatten(make_first()(masked))
    sequences = [answer for answer in answers if len(answer.shape) == 3]
    second = make_second()
    return set_weights(keras.Model(inputs, [second(sequence) for sequence in sequences]))


def masking_model(batch, make_first, make_second):
    inputs = keras.Input(batch_shape=(batch, None, FEATURES), dtype="float64")
    masked = keras.layers.Masking(dtype="float64")(inputs)
    return two_layers(inputs, masked, make_first, make_second)


def embedding_model(batch, make_first, make_second):
    inputs = keras.Input(batch_shape=(batch, None), dtype="int32")
    masked = keras.layers.Embedding(9, FEATURES, mask_zero=True, dtype="float64")(inputs)
    return two_layers(inputs, masked, make_first, make_second)


def assert_padded_equals_unpadded(make_model, x, make_first, make_plain, make_second):
    """Compares a model on padded rows with one that never sees padding."""
    padded = make_model(ROWS, make_first, make_second)(x)
    unpadded = make_model(1, make_plain, make_second)
    for row in range(ROWS):
        expected = unpadded(x[row : row + 1][:, MASK[row]])
        actual = [answer[row] for answer in keras.tree.flatten(padded)]
        assert_close(actual, [answer[0] for answer in keras.tree.flatten(expected)], TOLERANCE)


@pytest.mark.representative(
    "plain-LIF-zero",
    "return_state-LIF-zero",
    "stateful-GRU-reset-after",
    "go_backwards+return_state+stateful-LSTM",
)
@each_loop
@each_option
def test_second_layer(case, options):
    plain = {**PLAIN, "go_backwards": options.get("go_backwards", False)}
    assert_padded_equals_unpadded(
        masking_model,
        X,
        make_first=lambda: case.make(**PLAIN, **options),
        make_plain=lambda: case.make(**plain),
        make_second=lambda: case.make(dtype="float64"),
    )


@each_loop
def test_second_layer_behind_an_embedding(case):
    assert_padded_equals_unpadded(
        embedding_model,
        TOKENS,
        make_first=lambda: Bidirectional(case.make(**PLAIN), dtype="float64"),
        make_plain=lambda: Bidirectional(case.make(**PLAIN), dtype="float64"),
        make_second=lambda: case.make(dtype="float64"),
    )


@pytest.mark.representative("concat-LSTM", "concat-GRU-reset-after", "None-LIF-zero")
@each_loop
@pytest.mark.parametrize("merge_mode", ["concat", None])
def test_second_layer_behind_bidirectional(case, merge_mode):
    def both_ways(**options):
        return Bidirectional(case.make(**PLAIN, **options), merge_mode=merge_mode, dtype="float64")

    assert_padded_equals_unpadded(
        masking_model,
        X,
        make_first=lambda: both_ways(return_state=True, stateful=True),
        make_plain=both_ways,
        make_second=lambda: case.make(dtype="float64"),
    )


def assert_masks(masks, expected):
    """Compares nested masks; None stands for no mask."""
    masks, expected = keras.tree.flatten(masks), keras.tree.flatten(expected)
    for mask, other in zip(masks, expected, strict=True):
        assert (mask is None) == (other is None)
        if mask is not None:
            np.testing.assert_array_equal(mask, other)


@each_layer
def test_compute_mask(case):
    states = [None] * case.state_count

    def masks(**options):
        return case.make(**options).compute_mask(X, MASK)

    assert_masks(masks(), [None])
    assert_masks(masks(return_state=True), [None, *states])
    assert_masks(masks(return_sequences=True), [MASK])
    assert_masks(masks(return_sequences=True, return_state=True), [MASK, *states])
    assert_masks(masks(return_sequences=True, go_backwards=True), [MASK[:, ::-1]])
    assert_masks(case.make(return_sequences=True).compute_mask(X, None), [None])


@pytest.mark.representative("SimpleRNN", "LIF-subtract", "GRU-chung")
@each_layer
def test_compute_mask_of_bidirectional(case):
    states = [None] * (2 * case.state_count)

    def masks(merge_mode, mask=MASK, **options):
        return Bidirectional(case.make(**options), merge_mode=merge_mode).compute_mask(X, mask)

    assert_masks(masks("sum"), [None])
    assert_masks(masks("sum", return_sequences=True), [MASK])
    assert_masks(masks(None), [None, None])
    assert_masks(masks(None, return_sequences=True), [MASK, MASK])
    assert_masks(masks("mul", return_sequences=True, return_state=True), [MASK, *states])
    assert_masks(masks(None, return_sequences=True, return_state=True), [MASK, MASK, *states])
    assert_masks(masks("ave", mask=None, return_sequences=True), [None])


@each_layer
def test_mask_of_bidirectional_that_starts_backwards(case):
    layer = Bidirectional(
        case.make(return_sequences=True, go_backwards=True),
        backward_layer=case.make(return_sequences=True),
    )
    assert_masks(layer.compute_mask(X, MASK), [MASK[:, ::-1]])


@pytest.mark.representative("LSTM")
@each_loop
def test_loss_ignores_padding(case):
    model = keras.Sequential(
        [keras.Input((None, FEATURES)), keras.layers.Masking(), case.make(return_sequences=True)]
    )
    set_weights(model)
    model.compile(loss="mse")
    targets = random(ROWS, TIME, UNITS, seed=3, dtype="float32")
    x = X.astype("float32")
    errors = np.square(targets - model.predict(x, verbose=0)).mean(axis=-1)
    # float32, which rounds at 6e-8
    assert model.evaluate(x, targets, verbose=0) == pytest.approx(errors[MASK].mean(), rel=1e-5)
