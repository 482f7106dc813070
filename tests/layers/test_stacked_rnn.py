"""A stack equals Keras's stack of cells, and its levels run by hand."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import GRU, LSTM, Bidirectional, GRUCell, LSTMCell, PeepholeLSTMCell, StackedRNN
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    FLOAT32,
    TIME,
    assert_close,
    mix,
    random,
    randomize,
)

# The same float64 sums in another order.
TOLERANCE = 1e-12

X = random(BATCH, TIME, FEATURES)
MASK = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]], bool)
FULL = {"return_sequences": True, "return_state": True}
FLOAT64 = {"dtype": "float64"}
# No two levels have one size, and the two kinds differ in how many states they have.
SIZES = (3, 5)
COMBINATIONS = [
    {},
    {"layer_norm": True},
    {"residual": True},
    {"residual": True, "layer_norm": True, "dropout": 0.5},
]
each_combination = pytest.mark.parametrize(
    "combination", COMBINATIONS, ids=lambda c: "+".join(c) or "plain"
)


def make_cells():
    return [LSTMCell(SIZES[0], **FLOAT64), GRUCell(SIZES[1], **FLOAT64)]


def make(cells=None, features=FEATURES, **arguments):
    stack = StackedRNN(cells or make_cells(), **FLOAT64, **arguments)
    return randomize(stack, features=features)


def make_combined(combination, **arguments):
    """A stack of three levels of one size, which is not that of the inputs."""
    cells = [LSTMCell(3, **FLOAT64), GRUCell(3, **FLOAT64), PeepholeLSTMCell(3, **FLOAT64)]
    return make(cells, **combination, **arguments)


def make_states(stack, batch=BATCH):
    return keras.tree.map_structure(
        lambda size: random(batch, size, seed=80 + size), stack.state_size
    )


def flat(answers):
    return keras.tree.flatten(answers)


def run_with_gradients(layer, states, **call):
    """The answers, and the gradients of their `mix` by x, the states and the weights."""
    x, states = tf.constant(X), keras.tree.map_structure(tf.constant, states)
    with tf.GradientTape() as tape:
        tape.watch([x, *flat(states)])
        answers = flat(layer(x, initial_state=states, **call))
        value = mix(answers)
    return answers, tape.gradient(value, [x, *flat(states), *layer.trainable_weights])


class EagerCell(keras.layers.Layer):
    """A cell of a user: one state that is no list, no output size, no training."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), name="kernel")

    def call(self, inputs, states):
        h = keras.ops.tanh(inputs @ self.kernel + 0.5 * states[0])
        return h, h

    def get_config(self):
        return {**super().get_config(), "units": self.units}


KERAS_CELLS = {
    "LSTM": (keras.layers.LSTMCell, LSTMCell, keras.layers.LSTM, LSTM),
    "GRU": (keras.layers.GRUCell, GRUCell, keras.layers.GRU, GRU),
}
OPTIONS = [{}, {"go_backwards": True}, {"return_sequences": True, "zero_output_for_mask": True}]


@pytest.mark.representative(
    "plain-LSTM-cell",
    "go_backwards-LSTM-keras layer",
    "go_backwards-LSTM-layer",
    "return_sequences+zero_output_for_mask-GRU-keras cell",
)
@pytest.mark.parametrize("kind", [0, 1, 2, 3], ids=["keras cell", "cell", "keras layer", "layer"])
@pytest.mark.parametrize("family", KERAS_CELLS)
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "+".join(options) or "plain")
def test_equals_the_stacked_cells_of_keras(family, kind, options):
    # Keras's stack of cells casts to float32, whatever the dtype of the layer; float32 rounds
    # at 6e-8, and the gradients are sums of some ten terms.
    keras_cell, *_ = classes = KERAS_CELLS[family]
    options = {"return_state": True, **options}
    theirs = keras.layers.RNN([keras_cell(size) for size in SIZES], **options)
    randomize(theirs)
    ours = StackedRNN([classes[kind](size) for size in SIZES], **options)
    randomize(ours).set_weights(theirs.get_weights())
    states = [[array.astype("float32") for array in entry] for entry in make_states(ours)]
    x = X.astype("float32")
    for mask in (None, MASK):
        expected = theirs(x, initial_state=states, mask=mask)
        answers = ours(x, initial_state=states, mask=mask)
        assert [type(answer) for answer in answers[1:]] == [list, list]
        assert keras.tree.map_structure(np.shape, answers) == keras.tree.map_structure(
            np.shape, expected
        )
        if options.get("zero_output_for_mask") and mask is not None:
            # Keras's zeros also replace what the second cell reads and repeats in its loop.
            np.testing.assert_array_equal(np.asarray(answers[0])[~mask], 0)
        assert_close(answers, expected, 2e-6)
        assert_close(ours(x, mask=mask), theirs(x, mask=mask), 2e-6)


def test_each_level_runs_in_the_layer_of_its_cell():
    stack = StackedRNN(
        [LSTMCell(2), keras.layers.LSTMCell(2), keras.layers.LSTM(2), GRU(2), EagerCell(2)]
    )
    expected = [LSTM, keras.layers.RNN, keras.layers.LSTM, GRU, keras.layers.RNN]
    assert [type(level) for level in stack.levels] == expected


def test_levels_by_hand():
    stack = make(**FULL)
    first, second = LSTM(SIZES[0], **FULL, **FLOAT64), GRU(SIZES[1], **FULL, **FLOAT64)
    first.build((None, None, FEATURES))
    second.build((None, None, SIZES[0]))
    first.set_weights(stack.get_weights()[:3])
    second.set_weights(stack.get_weights()[3:])
    states = make_states(stack)
    below, *first_states = first(X, initial_state=states[0], mask=MASK)
    outputs, *second_states = second(below, initial_state=states[1], mask=MASK)
    answers = stack(X, initial_state=states, mask=MASK)
    assert_close(answers, [outputs, first_states, second_states], TOLERANCE)


def test_residual_layer_norm_by_hand():
    stack = make_combined({"residual": True, "layer_norm": True}, return_sequences=True)

    def normalize(values, norm):
        gamma, beta = norm.get_weights()
        centred = values - values.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return gamma * centred / np.sqrt(variance + 1e-3) + beta

    # The inputs have another size than the first level, and are neither normalized nor added.
    y = np.asarray(stack.levels[0](X)[0])
    for level, norm in zip(stack.levels[1:], stack.norms, strict=True):
        y = y + np.asarray(level(normalize(y, norm))[0])
    assert_close(stack(X), y, TOLERANCE)


def test_residual_of_the_first_level_where_sizes_agree():
    stack = make([LSTMCell(FEATURES, **FLOAT64)], residual=True, return_sequences=True)
    assert_close(stack(X), X + np.asarray(stack.levels[0](X)[0]), TOLERANCE)


@pytest.mark.parametrize("level", [1, 2])
def test_dropout_acts_on_what_goes_into_each_level_but_the_first(level):
    """With zero states and identity weights a level shows what it reads."""
    size, time = 40, 5
    x = np.ones((8, time, size))
    cells = [
        keras.layers.SimpleRNNCell(size, activation=None, use_bias=False, **FLOAT64)
        for _ in range(level)
    ]
    stack = make(cells, features=size, dropout=0.25, return_sequences=True, seed=3)
    stack.set_weights([np.eye(size), np.zeros((size, size))] * level)
    outputs = np.asarray(stack(x, training=True))
    assert_close(stack(x), x, 0)
    assert_close(sorted({*outputs.ravel()}), [1.0] if level == 1 else [0.0, 1 / 0.75], TOLERANCE)
    if level == 2:
        # 1600 draws: the share has a standard deviation of 0.011.
        assert np.mean(outputs == 0) == pytest.approx(0.25, abs=0.05)
        assert (outputs[:, 0] != outputs[:, 1]).any()
        again = StackedRNN.from_config(stack.get_config())
        again.build(x.shape)
        again.set_weights(stack.get_weights())
        assert_close(again(x, training=True), outputs, 0)


@pytest.mark.representative(
    "False-plain", "False-layer_norm", "True-residual", "True-residual+layer_norm+dropout"
)
@each_combination
@pytest.mark.parametrize("go_backwards", [False, True])
def test_padded_equals_unpadded(combination, go_backwards):
    stack = make_combined(combination, go_backwards=go_backwards, **FULL)
    last = make_combined(combination, go_backwards=go_backwards)
    x = np.where(MASK[..., None], X, np.nan)
    outputs, *finals = stack(x, mask=MASK)
    in_order = MASK[:, ::-1] if go_backwards else MASK
    for row in range(BATCH):
        expected, *row_finals = stack(X[row : row + 1][:, MASK[row]])
        assert_close(np.asarray(outputs)[row][in_order[row]], expected[0], TOLERANCE)
        assert_close([f[row] for f in flat(finals)], [f[0] for f in flat(row_finals)], TOLERANCE)
        assert_close(last(x, mask=MASK)[row], expected[0, -1], TOLERANCE)


@each_combination
def test_gradients_of_padded_equal_those_of_unpadded(combination):
    stack = make_combined(combination)
    factors = random(BATCH, 3, seed=7)

    def gradients(parts):
        with tf.GradientTape() as tape:
            value = sum(tf.reduce_sum(stack(x, mask=m) * factors[rows]) for rows, x, m in parts)
        return tape.gradient(value, stack.trainable_weights)

    padded = [(slice(None), np.where(MASK[..., None], X, np.inf), MASK)]
    unpadded = [([row], X[row : row + 1][:, MASK[row]], None) for row in range(BATCH)]
    assert_close(gradients(padded), gradients(unpadded), TOLERANCE)


@each_combination
def test_row_of_padding(combination):
    stack = make_combined(combination, return_state=True)
    states, mask = make_states(stack), MASK.copy()
    mask[1] = False
    output, *finals = stack(X, initial_state=states, mask=mask)
    assert_close(output[1], np.zeros(3), 0)
    assert_close([f[1] for f in flat(finals)], [s[1] for s in flat(states)], 0)


def test_masked_steps_repeat_the_output_or_give_zeros():
    outputs = np.asarray(make(return_sequences=True)(X, mask=MASK))
    before = np.concatenate([np.zeros((BATCH, 1, SIZES[1])), outputs[:, :-1]], axis=1)
    assert_close(outputs[~MASK], before[~MASK], 0)
    zeros = make(return_sequences=True, zero_output_for_mask=True)(X, mask=MASK)
    assert not np.any(np.asarray(zeros)[~MASK])
    residual = make_combined({"residual": True}, return_sequences=True)(X, mask=MASK)
    assert not np.any(np.asarray(residual)[~MASK])


@each_combination
def test_steps_equal_the_sequence(combination):
    stack = make_combined(combination, **FULL)
    outputs, *finals = stack(X)
    states = stack.get_initial_state(batch_size=BATCH)
    for t in range(TIME):
        output, states = stack.step(X[:, t], states)
        assert_close(output, outputs[:, t], TOLERANCE)
    assert_close(states, finals, TOLERANCE)


def test_steps_of_any_cells():
    cells = [EagerCell(3), keras.layers.LSTMCell(2), keras.layers.GRU(4), PeepholeLSTMCell(2)]
    x, stack = X.astype("float32"), StackedRNN(cells, **FULL)
    states = stack.get_initial_state(batch_size=BATCH)
    assert [len(entry) for entry in states] == [1, 2, 1, 2]
    steps = []
    for t in range(TIME):
        output, states = stack.step(x[:, t], states)
        steps.append(output)
    outputs, *finals = stack(x)
    assert_close(np.stack(steps, axis=1), outputs, FLOAT32)
    assert_close(states, finals, FLOAT32)


def test_step_of_inference_drops_nothing():
    stack = make([LSTMCell(3, dropout=0.5, **FLOAT64), GRUCell(3, **FLOAT64)], dropout=0.5)
    states = stack.get_initial_state(batch_size=BATCH)
    output, _ = stack.step(X[:, 0], states)
    assert_close(output, stack(X[:, :1]), TOLERANCE)


@pytest.mark.parametrize("cut", [1, 3])
def test_parts_with_the_state_handed_over_equal_the_whole(cut):
    stack = make(**FULL)
    states = make_states(stack)
    whole, *finals = stack(X, initial_state=states)
    first, *between = stack(X[:, :cut], initial_state=states)
    second, *last = stack(X[:, cut:], initial_state=between)
    assert_close(np.concatenate([first, second], axis=1), whole, TOLERANCE)
    assert_close(last, finals, TOLERANCE)


def test_stateful_continues_and_resets():
    stack, kept = make(**FULL), make(stateful=True, **FULL)
    whole, *finals = stack(X)
    for reset in (kept.reset_state, kept.reset_states):
        first = kept(X[:, :2])[0]
        second, *last = kept(X[:, 2:])
        assert_close(np.concatenate([first, second], axis=1), whole, TOLERANCE)
        assert_close([last, kept.states], [finals, finals], TOLERANCE)
        reset()
        assert not any(np.any(state) for state in flat(kept.states))


def test_go_backwards_is_forwards_over_the_flipped_input():
    stack, backwards = make(**FULL), make(go_backwards=True, **FULL)
    states = make_states(stack)
    expected = run_with_gradients(stack, states)
    flipped = stack(X[:, ::-1], initial_state=states, mask=MASK[:, ::-1])
    assert_close(backwards(X, initial_state=states, mask=MASK), flipped, TOLERANCE)
    assert np.abs(expected[0][0] - flipped[0]).max() > 0.01


def test_states_by_their_gradients():
    """Each state reaches its own level: the gradients are those of the levels by hand."""
    stack = make(**FULL)
    states = make_states(stack)
    wrapped = keras.layers.RNN(make_cells()[0], **FULL, **FLOAT64)
    randomize(wrapped).set_weights(stack.get_weights()[:3])
    _, gradients = run_with_gradients(stack, states)
    assert all(gradient is not None and np.any(gradient) for gradient in gradients)
    only_first = stack(X, initial_state=states)[1]
    assert_close(only_first, wrapped(X, initial_state=states[0])[1:], TOLERANCE)


def test_compute_mask():
    nothing = [[None, None], [None]]

    def mask_of(**options):
        return StackedRNN(make_cells(), **options).compute_mask(X, MASK)

    assert mask_of() is None
    assert mask_of(return_state=True) == [None, *nothing]
    np.testing.assert_array_equal(mask_of(return_sequences=True), MASK)
    np.testing.assert_array_equal(mask_of(return_sequences=True, go_backwards=True), MASK[:, ::-1])
    mask, *rest = mask_of(**FULL)
    np.testing.assert_array_equal(mask, MASK)
    assert rest == nothing
    assert StackedRNN(make_cells(), return_sequences=True).compute_mask(X, None) is None


@pytest.mark.parametrize("options", [{}, {"return_state": True}, {"go_backwards": True}], ids=str)
def test_next_layer_sees_the_padding(options):
    x = X * MASK[..., None]
    inputs = keras.Input((None, FEATURES), **FLOAT64)
    masked = keras.layers.Masking(**FLOAT64)(inputs)
    answers = StackedRNN(make_cells(), return_sequences=True, **options, **FLOAT64)(masked)
    output = LSTM(2, **FLOAT64)(answers[0] if options.get("return_state") else answers)
    model = keras.Model(inputs, output)
    model.set_weights([random(*w.shape, seed=n) for n, w in enumerate(model.get_weights())])
    for row in range(BATCH):
        expected = model(x[row : row + 1][:, MASK[row]])
        assert_close(model(x)[row], expected[0], TOLERANCE)


@pytest.mark.representative("concat-Bidirectional1", "None-Bidirectional0")
@pytest.mark.parametrize("wrapper", [Bidirectional, keras.layers.Bidirectional])
@pytest.mark.parametrize("merge_mode", ["concat", None])
def test_bidirectional(wrapper, merge_mode):
    layer = randomize(wrapper(make(**FULL), merge_mode=merge_mode, **FLOAT64))
    forward, backward = make(**FULL), make(go_backwards=True, **FULL)
    count = len(forward.get_weights())
    forward.set_weights(layer.get_weights()[:count])
    backward.set_weights(layer.get_weights()[count:])
    states = make_states(forward)
    others = keras.tree.map_structure(lambda state: 2 * state, states)
    ahead, *ahead_states = forward(X, initial_state=states, mask=MASK)
    back, *back_states = backward(X, initial_state=others, mask=MASK)
    # A layer in `Bidirectional` gives zeros at masked time steps.
    ahead, back = (np.where(MASK[..., None], y, 0) for y in (ahead, back[:, ::-1]))
    merged = [np.concatenate([ahead, back], axis=-1)] if merge_mode else [ahead, back]
    answers = layer(X, initial_state=[*states, *others], mask=MASK)
    assert_close(answers, [*merged, *ahead_states, *back_states], TOLERANCE)


@pytest.mark.representative("all")
@pytest.mark.parametrize("combination", COMBINATIONS[::3], ids=["plain", "all"])
def test_unknown_batch_and_time(combination):
    stack = make_combined(combination, **FULL)
    inputs = keras.Input((None, FEATURES), **FLOAT64)
    model = keras.Model(inputs, stack(inputs))
    shapes = [tuple(output.shape) for output in flat(model.outputs)]
    assert shapes == [(None, None, 3), *[(None, 3)] * 5]
    last = make_combined(combination)
    function = tf.function(
        lambda x, mask: [stack(x, mask=mask), last(x, mask=mask)],
        input_signature=[
            tf.TensorSpec([None, None, FEATURES], "float64"),
            tf.TensorSpec([None, None], "bool"),
        ],
    )
    for batch, time in [(2, 5), (1, 1), (3, 2)]:
        x, mask = random(batch, time, FEATURES), np.ones((batch, time), bool)
        mask[0, 0] = time == 1
        assert_close(flat(model.predict_on_batch(x)), flat(stack(x)), TOLERANCE)
        assert_close(function(x, mask), [stack(x, mask=mask), last(x, mask=mask)], TOLERANCE)


def test_states_in_a_functional_model():
    stack = make(**FULL)
    inputs = keras.Input((None, FEATURES), **FLOAT64)
    states = keras.tree.map_structure(
        lambda size: keras.Input((size,), **FLOAT64), stack.state_size
    )
    model = keras.Model([inputs, *flat(states)], flat(stack(inputs, initial_state=states)))
    given = make_states(stack)
    expected = flat(stack(X, initial_state=given))
    assert_close(model([X, *flat(given)]), expected, TOLERANCE)


def make_every_kind(**arguments):
    cells = [
        LSTMCell(3, activation="elu"),
        keras.layers.GRUCell(3, reset_after=False),
        keras.layers.LSTM(3, unroll=False, use_bias=False),
        GRU(3, reset_after=False, recurrent_dropout=0.1),
    ]
    return StackedRNN(cells, **arguments)


ARGUMENTS = {
    "residual": True,
    "layer_norm": True,
    "dropout": 0.25,
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "stateful": True,
    "zero_output_for_mask": True,
    "seed": 3,
    "name": "mine",
    "trainable": False,
}


def test_config():
    stack = make_every_kind(**ARGUMENTS, dtype="mixed_bfloat16")
    stack.build((BATCH, TIME, FEATURES))
    config = json.loads(json.dumps(stack.get_config()))
    again = StackedRNN.from_config(config)
    assert not again.built
    assert json.loads(json.dumps(again.get_config())) == config
    assert {name: getattr(again, name) for name in ARGUMENTS} == ARGUMENTS
    assert again.dtype_policy.name == "mixed_bfloat16"
    assert [type(level) for level in again.levels] == [type(level) for level in stack.levels]
    assert [type(cell) for cell in again.cells] == [type(cell) for cell in stack.cells]
    assert again.cells[0].activation is keras.activations.elu
    assert not again.cells[1].reset_after


@pytest.mark.representative("both")
@pytest.mark.parametrize("wrapper", [lambda layer: layer, Bidirectional], ids=["plain", "both"])
def test_model_file(tmp_path, wrapper):
    options = {"residual": True, "layer_norm": True, "return_sequences": True}
    layer = wrapper(make_every_kind(**options))
    model = keras.Sequential([keras.Input((None, FEATURES)), keras.layers.Masking(), layer])
    model.set_weights([random(*w.shape, seed=n) for n, w in enumerate(model.get_weights())])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    clone = keras.models.clone_model(model)
    clone.load_weights(tmp_path / "model.keras")
    x = (X * MASK[..., None]).astype("float32")
    assert_close([again(x), clone(x)], [model(x), model(x)], 0)


def test_saved_model(tmp_path):
    stack = make_combined(COMBINATIONS[-1], **FULL)
    signature = tf.TensorSpec([None, None, FEATURES], "float64")
    module = tf.Module()
    module.stack = stack
    module.run = tf.function(lambda x: flat(stack(x)), input_signature=[signature])
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    assert_close(loaded.run(X), flat(stack(X)), TOLERANCE)


# float16 rounds at 5e-4, bfloat16 at 4e-3, over some dozen roundings.
@pytest.mark.parametrize(
    ("policy", "tolerance"), [("mixed_float16", 1e-2), ("mixed_bfloat16", 1e-1)]
)
def test_mixed_precision(policy, tolerance):
    def make_under(dtype):
        cells = [LSTMCell(3, dtype=dtype), keras.layers.GRUCell(3, dtype=dtype)]
        options = {"residual": True, "layer_norm": True}
        return randomize(StackedRNN(cells, dtype=dtype, **options, **FULL))

    stack = make_under(policy)
    answers = flat(stack(X, mask=MASK))
    assert {answer.dtype.name for answer in answers} == {stack.compute_dtype}
    assert {weight.dtype for weight in stack.weights} == {"float32"}
    expected = flat(make_under("float64")(X, mask=MASK))
    assert_close([tf.cast(answer, "float64") for answer in answers], expected, tolerance)


@pytest.mark.slow
def test_xla_equals_eager():
    stack = make([LSTMCell(3, **FLOAT64)] * 2, residual=True, layer_norm=True, return_state=True)
    states = make_states(stack)

    @tf.function(jit_compile=True)
    def compiled():
        return run_with_gradients(stack, states, mask=MASK)

    assert_close(compiled(), run_with_gradients(stack, states, mask=MASK), TOLERANCE)


@pytest.mark.slow
def test_fit_lowers_the_loss():
    keras.utils.set_random_seed(0)
    x = random(32, 6, FEATURES, dtype="float32")
    y = np.tanh(x[:, -2:, :1].mean(axis=1))
    stack = StackedRNN([LSTMCell(4), GRUCell(4)], residual=True, layer_norm=True, dropout=0.05)
    model = keras.Sequential([keras.Input((6, FEATURES)), stack, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    losses = model.fit(x, y, epochs=10, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_one_cell_many_times_is_as_many_levels():
    stack = make([LSTMCell(FEATURES, **FLOAT64)] * 3)
    assert len(stack.weights) == 9
    assert len({id(cell) for cell in stack.cells}) == 3


def built(cell):
    cell.build((None, FEATURES))
    return cell


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cells": []}, "`cells`.*list of cells"),
        ({"cells": LSTMCell(3)}, "`cells`.*list of cells"),
        ({"cells": [keras.layers.Dense(3)]}, "`cells`.*`state_size`.*Dense"),
        ({"cells": [built(LSTMCell(3))]}, "`cells`.*not built.*`set_weights`"),
        ({"cells": [LSTM(3, stateful=True)]}, "`stateful=True` must be given to the stack"),
        ({"cells": [GRU(3, go_backwards=True)]}, "`go_backwards=True` must be given to the stack"),
        ({"cells": [GRUCell(3), GRUCell(4)], "residual": True}, r"`residual`.*\[3, 4\]"),
        ({"cells": [GRUCell(3)], "dropout": 1.5}, r"`dropout`.*\[0, 1\].*1.5"),
    ],
    ids=str,
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        StackedRNN(**arguments)


def test_bad_calls():
    stack = make()
    with pytest.raises(ValueError, match=r"`initial_state`.*\[2, 1\].*Received: 1 states"):
        stack(X, initial_state=make_states(stack)[1])
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        stack(X[0])
