"""The kernel of training against the cell run step by step: answers and gradients.

The layer runs eagerly, where it calls its cell at every time step, and in a graph, where it trains
by the compiled loops with the hand-written backward pass.
"""

from dataclasses import dataclass, field

import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from seqzoo.layers.kernels import programs, selection, shards, time_blocks
from tests.contracts import numpy_reference
from tests.contracts.layer_cases import FEATURES, UNITS, assert_close, random, randomize
from tests.layers.kernels.graphs import is_compiled

# The same float64 numbers; the sums of the weights' gradients are in another order.
TOLERANCE = 1e-12

MASK = np.array(
    [
        [0, 0, 1, 1, 1],  # left
        [1, 1, 1, 0, 0],  # right
        [1, 0, 1, 0, 1],  # inner
        [0, 1, 0, 1, 0],  # all of these
        [1, 1, 1, 1, 1],  # none
        [0, 0, 0, 0, 0],  # nothing but padding
    ],
    bool,
)
ROWS, TIME = MASK.shape


@dataclass(frozen=True)
class KernelCase:
    """A layer that trains by a kernel of its own.

    Attributes:
        name: The name in the test report.
        layer: The layer's class.
        arguments: Constructor arguments that make this case.
        step: The step of `numpy_reference`, for the forms that it has.
    """

    name: str
    layer: type
    arguments: dict = field(default_factory=dict)
    step: object = None

    @property
    def state_count(self):
        return len(self.layer.cell_class.state_names)

    def make(self, units=UNITS, features=FEATURES, dtype="float64", **arguments):
        arguments = {"return_sequences": True, "return_state": True, **self.arguments, **arguments}
        return randomize(self.layer(units, dtype=dtype, **arguments), features=features)


FORMS = [
    KernelCase("SimpleRNN", layers.SimpleRNN, {}, numpy_reference.elman),
    KernelCase("LSTM", layers.LSTM, {}, numpy_reference.lstm),
    KernelCase("PeepholeLSTM", layers.PeepholeLSTM, {}, numpy_reference.peephole_lstm),
    KernelCase("GRU-after", layers.GRU, {}, numpy_reference.gru_reset_after),
    KernelCase("GRU-cho", layers.GRU, {"form": "cho"}, numpy_reference.gru_reset_before),
    KernelCase("GRU-chung", layers.GRU, {"form": "chung"}, numpy_reference.gru_chung),
]
HARD = {"activation": "linear", "recurrent_activation": "hard_sigmoid"}
BARE = {"activation": "relu", "recurrent_activation": "hard_sigmoid", "use_bias": False}
VARIANTS = [
    KernelCase("SimpleRNN-bare", layers.SimpleRNN, {"activation": "relu", "use_bias": False}),
    KernelCase("SimpleRNN-sigmoid", layers.SimpleRNN, {"activation": "sigmoid"}),
    KernelCase("LSTM-hard", layers.LSTM, HARD),
    KernelCase("PeepholeLSTM-bare", layers.PeepholeLSTM, BARE),
    KernelCase("GRU-after-bare", layers.GRU, BARE),
    KernelCase("GRU-cho-hard", layers.GRU, {**HARD, "form": "cho"}),
    KernelCase("GRU-chung-bare", layers.GRU, {**BARE, "form": "chung"}),
]
BOTH_DROPOUTS = {"dropout": 0.3, "recurrent_dropout": 0.3, "seed": 3}
OPTIONS = {
    "plain": {},
    "last": {"return_sequences": False, "go_backwards": True},
    "dropout": {
        "dropout": 0.3,
        "seed": 3,
        "implementation": 2,
        "go_backwards": True,
        "zero_output_for_mask": True,
    },
    "both-dropouts": BOTH_DROPOUTS,
}
LSTM, GRU = FORMS[1], FORMS[3]


def _each(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def _exhaustive_but(cases, *names):
    """The cases, of which those without one of these names are exhaustive."""
    return [c if c.name in names else pytest.param(c, marks=pytest.mark.exhaustive) for c in cases]


each_form = _each(FORMS)
each_option = pytest.mark.parametrize(
    "options",
    [
        pytest.param(
            options, id=name, marks=[] if name == "both-dropouts" else pytest.mark.exhaustive
        )
        for name, options in OPTIONS.items()
    ],
)


@dataclass
class Example:
    """What a layer is called with, and the gradients by its answers."""

    x: tf.Tensor
    states: list
    d_answers: list
    mask: tf.Tensor | None = None


def make_example(layer, rows=ROWS, time=TIME, features=FEATURES, mask=None, dtype="float64"):
    """Random numbers, but NaN in the padding."""
    x = random(rows, time, features, seed=20, dtype=dtype)
    if mask is not None:
        x = np.where(mask[..., None], x, np.array(np.nan, dtype))
    units = layer.cell.units
    shape = (rows, time, units) if layer.return_sequences else (rows, units)
    finals = [(rows, units) for _ in layer.cell.state_names]
    return Example(
        tf.constant(x),
        [tf.constant(random(*s, seed=30 + n, dtype=dtype)) for n, s in enumerate(finals)],
        [tf.constant(random(*s, seed=40 + n, dtype=dtype)) for n, s in enumerate([shape, *finals])],
        None if mask is None else tf.constant(mask),
    )


def run(layer, x, states, d_answers, mask, training=True):
    """The answers, and the gradients by x, the states and the weights.

    An answer whose gradient is `None` is left out of what is differentiated.
    """
    with tf.GradientTape() as tape:
        tape.watch([x, states])
        answers = layer(x, initial_state=states, mask=mask, training=training)
        pairs = zip(answers, d_answers, strict=True)
        wanted = [(answer, d) for answer, d in pairs if d is not None]
    targets, d_targets = zip(*wanted, strict=True)
    sources = [x, *states, *layer.trainable_weights]
    gradients = tape.gradient(targets, sources, d_targets, unconnected_gradients="zero")
    return list(answers), gradients


def run_eagerly(layer, example):
    return run(layer, example.x, example.states, example.d_answers, example.mask)


def in_graph(layer, example, unknown=()):
    """`run` in a graph, as a function of an example; batch and time are known but for `unknown`."""

    def spec(tensor):
        if tensor is None:
            return None
        per_step = len(tensor.shape) == 3 or tensor.dtype == tf.bool
        known = ["batch" not in unknown, not (per_step and "time" in unknown), True]
        sizes = [size if k else None for size, k in zip(tensor.shape, known, strict=False)]
        return tf.TensorSpec(sizes, tensor.dtype)

    def graph(x, states, d_answers, mask):
        return run(layer, x, states, d_answers, mask)

    arguments = [example.x, example.states, example.d_answers, example.mask]
    specs = tf.nest.map_structure(spec, arguments)
    return tf.function(graph).get_concrete_function(*specs)


def run_compiled(layer, example, unknown=()):
    graph = in_graph(layer, example, unknown)
    assert is_compiled(graph.graph.as_graph_def())
    return call(graph, example)


def call(graph, example):
    return graph(example.x, example.states, example.d_answers, example.mask)


def assert_same(case, tolerance=TOLERANCE, unknown=(), example=None, **arguments):
    """Runs two layers that draw the same dropout masks, one in each way."""
    expected = run_eagerly(case.make(**arguments), example)
    actual = run_compiled(case.make(**arguments), example, unknown)
    assert_close(actual, expected, tolerance)


@pytest.mark.representative(
    "both-dropouts-PeepholeLSTM", "both-dropouts-GRU-after", "both-dropouts-GRU-chung"
)
@each_form
@each_option
def test_masked_as_the_cell(case, options):
    assert_same(case, example=make_example(case.make(**options), mask=MASK), **options)


@pytest.mark.representative(
    "plain-SimpleRNN", "last-dropout-of-gates-PeepholeLSTM", "plain-GRU-chung"
)
@pytest.mark.slow
@each_form
@pytest.mark.parametrize(
    "options",
    [{}, {"return_sequences": False, "dropout": 0.3, "seed": 3, "implementation": 1}],
    ids=["plain", "last-dropout-of-gates"],
)
def test_unmasked_as_the_cell(case, options):
    assert_same(case, example=make_example(case.make(**options)), **options)


@pytest.mark.representative("LSTM-hard")
@_each(_exhaustive_but(VARIANTS, "SimpleRNN-bare", "LSTM-hard", "GRU-cho-hard"))
def test_other_arguments_as_the_cell(case):
    example = make_example(case.make(**BOTH_DROPOUTS), mask=MASK)
    assert_same(case, example=example, **BOTH_DROPOUTS)


@pytest.mark.representative("PeepholeLSTM", "GRU-after")
@pytest.mark.slow
@each_form
def test_float32_as_the_cell_in_float64(case):
    layer = case.make(dtype="float32")
    example = make_example(layer, mask=MASK, dtype="float32")
    wide = make_example(layer, mask=MASK)
    # Up to 30 numbers of the size of one are summed; the rounding of float32 is 6e-8.
    assert_close(run_compiled(layer, example), run_eagerly(case.make(), wide), 5e-6)


@pytest.mark.representative("2-GRU-after", "1-PeepholeLSTM")
@pytest.mark.slow
@_each(FORMS[:4])
@pytest.mark.parametrize("rows", [1, 2])
def test_without_training_as_the_cell(case, rows, monkeypatch):
    """As in `evaluate` and `predict`: there is a gradient for whom it interests."""
    monkeypatch.setattr(selection, "is_traced_by_trainer", lambda: True)
    layer = case.make(dropout=0.3)
    example = make_example(layer, rows=rows, mask=MASK[1 : rows + 1])
    x, states, d_answers, mask = example.x, example.states, example.d_answers, example.mask
    graph = tf.function(lambda: run(layer, x, states, d_answers, mask, training=False))
    concrete = graph.get_concrete_function()
    assert is_compiled(concrete.graph.as_graph_def())
    assert_close(concrete(), run(layer, x, states, d_answers, mask, training=False), TOLERANCE)


@pytest.mark.representative("known-GRU-after", "unknown-LSTM")
@_each([LSTM, GRU])
@pytest.mark.parametrize("unknown", [[], ["batch"]], ids=["known", "unknown"])
def test_one_row_as_the_cell(case, unknown):
    layer = case.make(**BOTH_DROPOUTS)
    example = make_example(layer, rows=1, mask=MASK[2:3])
    assert_same(case, example=example, unknown=unknown, **BOTH_DROPOUTS)


@_each(_exhaustive_but([LSTM, GRU], "LSTM"))
@pytest.mark.parametrize("answer", [0, 1], ids=["outputs", "final-state"])
def test_gradient_by_one_answer_only(case, answer):
    example = make_example(case.make(), mask=MASK)
    example.d_answers = [d if n == answer else None for n, d in enumerate(example.d_answers)]
    assert_same(case, example=example)


BLOCKS = 2


def run_blocks(case, example):
    """Truncated backpropagation in other words: a run for each block, cut off from the last."""
    layer = case.make(zero_output_for_mask=True)
    x, states = example.x, example.states
    with tf.GradientTape() as tape:
        tape.watch([x, states])
        outputs, finals = [], states
        for start in range(0, TIME, BLOCKS):
            block = slice(start, start + BLOCKS)
            mask = None if example.mask is None else example.mask[:, block]
            finals = [tf.stop_gradient(s) if start else s for s in finals]
            output, *finals = layer(x[:, block], initial_state=finals, mask=mask)
            outputs.append(output)
        answers = [tf.concat(outputs, axis=1), *finals]
    sources = [x, *states, *layer.trainable_weights]
    return answers, tape.gradient(answers, sources, example.d_answers)


@pytest.mark.representative("masked-LSTM")
@each_form
@pytest.mark.parametrize(
    "mask",
    [pytest.param(None, marks=pytest.mark.exhaustive), MASK],
    ids=["unmasked", "masked"],
)
def test_gradient_steps_cut_as_separate_runs_do(case, mask):
    arguments = {"zero_output_for_mask": True, "gradient_steps": BLOCKS}
    example = make_example(case.make(), mask=mask)
    expected = run_blocks(case, example)
    assert_close(run_eagerly(case.make(**arguments), example), expected, TOLERANCE)
    assert_close(run_compiled(case.make(**arguments), example), expected, TOLERANCE)


@pytest.mark.representative("3-{'go_backwards': True}-LSTM", "1-{}-LSTM")
@pytest.mark.slow
@_each([LSTM])
@pytest.mark.parametrize(
    "options", [{}, {"go_backwards": True}, {"return_sequences": False}], ids=str
)
@pytest.mark.parametrize("gradient_steps", [1, 3, TIME, TIME + 1])
def test_gradient_steps_as_the_cell(case, options, gradient_steps):
    options = {**options, "gradient_steps": gradient_steps}
    assert_same(case, example=make_example(case.make(**options), mask=MASK), **options)


@pytest.fixture
def three_cores(monkeypatch):
    monkeypatch.setattr(tf.config.threading, "get_inter_op_parallelism_threads", lambda: 3)


ROW_COUNTS = [0, 1, 2, 15, 16, 17, 33]


@pytest.mark.representative("masked-LSTM")
@pytest.mark.slow
@_each([LSTM, FORMS[0]])
@pytest.mark.parametrize("masked", [False, True], ids=["unmasked", "masked"])
def test_unknown_batch_in_shards(case, masked, three_cores):
    layer = case.make()
    examples = [make_random_example(layer, rows, TIME, masked) for rows in ROW_COUNTS]
    graph = in_graph(layer, examples[-1], unknown=["batch"])
    for example in examples:
        assert_close(call(graph, example), run_eagerly(layer, example), TOLERANCE)


def make_random_example(layer, rows, time, masked):
    mask = np.random.default_rng(5).random((rows, time)) < 0.7 if masked else None
    return make_example(layer, rows, time, mask=mask)


@pytest.mark.representative("17")
@pytest.mark.slow
@pytest.mark.parametrize("rows", [15, 16, 17, 33])
def test_known_batch_in_shards(rows, three_cores):
    layer = LSTM.make(**BOTH_DROPOUTS)
    example = make_random_example(layer, rows, TIME, masked=True)
    assert_same(LSTM, example=example, **BOTH_DROPOUTS)


@pytest.mark.slow
def test_shards_of_a_row(three_cores, monkeypatch):
    monkeypatch.setattr(shards, "_FEWEST_ROWS", 1)
    example = make_example(GRU.make(), rows=4)
    assert_same(GRU, example=example)
    assert_same(GRU, example=example, unknown=["batch"])


@pytest.fixture(
    params=[
        pytest.param(ROWS, id="1-step", marks=pytest.mark.exhaustive),
        pytest.param(2 * ROWS, id="2-steps"),
        pytest.param(4 * ROWS, id="3-steps", marks=pytest.mark.exhaustive),
    ]
)
def short_blocks(request, monkeypatch):
    """Blocks of few time steps in the backward pass; the last is not always full."""
    monkeypatch.setattr(time_blocks, "_ROWS", request.param)
    caches = programs._compiled_forward, programs._compiled_inference, programs._compiled_backward
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.representative(
    "2-steps-{'gradient_steps': 3}-LSTM",
    "2-steps-{'dropout': 0.3, 'recurrent_dropout': 0.3, 'seed': 3}-GRU-chung",
)
@pytest.mark.slow
@each_form
@pytest.mark.parametrize("options", [BOTH_DROPOUTS, {"gradient_steps": 3}], ids=str)
def test_blocks_of_time_steps(case, options, short_blocks):
    assert_same(case, example=make_example(case.make(**options), mask=MASK), **options)


def test_blocks_of_unknown_time(short_blocks):
    layer = LSTM.make()
    examples = [make_random_example(layer, ROWS, time, True) for time in (1, 4, 7, 8)]
    graph = in_graph(layer, examples[-1], unknown=["time"])
    for example in examples:
        assert_close(call(graph, example), run_eagerly(layer, example), TOLERANCE)


# Around the shortest lengths that sequences are padded to: 8 and 10.
TIMES = [1, 7, 8, 9, 10]


@pytest.mark.representative("plain-LSTM", "last-GRU-after")
@pytest.mark.slow
@_each([LSTM, GRU])
@pytest.mark.parametrize(
    "options", [{}, {"go_backwards": True, "return_sequences": False}], ids=["plain", "last"]
)
def test_unknown_time(case, options):
    layer = case.make(**options)
    for masked in (False, True):
        examples = [make_random_example(layer, 3, time, masked) for time in TIMES]
        graph = in_graph(layer, examples[-1], unknown=["time"])
        for example in examples:
            assert_close(call(graph, example), run_eagerly(layer, example), TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("gradient_steps", [None, 3])
def test_unknown_batch_and_time(gradient_steps, three_cores):
    layer = GRU.make(dropout=0.3, seed=3, gradient_steps=gradient_steps)
    other = GRU.make(dropout=0.3, seed=3, gradient_steps=gradient_steps)
    examples = [make_random_example(layer, rows, t, True) for rows, t in [(2, 9), (17, 8), (1, 1)]]
    graph = in_graph(layer, examples[0], unknown=["batch", "time"])
    for example in examples:
        assert_close(call(graph, example), run_eagerly(other, example), TOLERANCE)


@_each(_exhaustive_but(FORMS, "LSTM", "GRU-after"))
def test_one_time_step_one_feature_one_unit(case):
    sizes = {"units": 1, "features": 1}
    example = make_example(case.make(**sizes), rows=1, time=1, features=1)
    assert_same(case, example=example, **sizes)


@pytest.mark.representative("PeepholeLSTM", "GRU-chung")
@pytest.mark.slow
@each_form
def test_gradients_of_a_long_run_are_finite_differences(case):
    layer = case.make(units=2, features=1)
    example = make_example(layer, rows=1, time=60, features=1)
    count = len(example.states)

    def value(arrays):
        x, states, weights = arrays[0], arrays[1 : count + 1], arrays[count + 1 :]
        outputs, finals = numpy_reference.run(case.step, weights, x, states)
        pairs = zip([outputs, *finals], example.d_answers, strict=True)
        return sum(np.sum(answer * d.numpy()) for answer, d in pairs)

    _, (by_x, *gradients) = run_compiled(layer, example)
    arrays = [a.numpy() for a in (example.x, *example.states)] + layer.get_weights()
    expected = numpy_reference.numeric_gradients(value, arrays)
    # Rounding, 1e-15 of sums of size 10 over the shift of 1e-5, and the shift's square.
    assert_close([by_x, *gradients], expected, 1e-7)
