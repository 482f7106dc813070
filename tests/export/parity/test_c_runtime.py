import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.export.parity import c_runtime, c_runtime_worker
from seqzoo.export.parity.c_runtime import Call, CRuntimeError, measure_signatures, run_signatures


def spec(shape, dtype, name):
    return tf.TensorSpec(shape, dtype, name=name)


class Toy(tf.Module):
    """A signature for every subject; the weights are distinct, so that a swap shows."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(np.linspace(-1, 1, 12).reshape(3, 4), dtype=tf.float32)
        self.total = tf.Variable(0.0)

    @tf.function(input_signature=[spec([None, 3], tf.float32, "x"), spec([], tf.int32, "steps")])
    def loop(self, x, steps):
        """A while loop that reads a variable; `steps` is a scalar."""
        y = tf.zeros([tf.shape(x)[0], 4])
        for _ in tf.range(steps):
            y = tf.tanh(x @ self.kernel + y)
        return {"y": y, "largest": tf.reduce_max(y), "rows": tf.shape(y)[0], "steps": steps}

    @tf.function(
        input_signature=[
            spec([None, None], tf.float64, "double"),
            spec([None], tf.int64, "long"),
            spec([None], tf.bool, "flag"),
        ]
    )
    def dtypes(self, double, long, flag):
        return {
            "double": double * 3,
            "long": tf.where(flag, long, -long),
            "flag": tf.logical_not(flag),
            "any": tf.reduce_any(flag),
        }

    @tf.function(input_signature=[spec([None, None], tf.string, "text")])
    def text(self, text):
        return {"text": text, "length": tf.strings.length(text)}

    @tf.function(input_signature=[])
    def constant(self):
        return {"kernel": self.kernel.read_value()}

    @tf.function(input_signature=[spec([], tf.float32, "amount")])
    def add(self, amount):
        return {"total": self.total.assign_add(amount)}

    @tf.function(input_signature=[spec([None], tf.uint8, "x")])
    def small(self, x):
        return {"y": x}

    @tf.function(input_signature=[spec([None], tf.int32, "ids")])
    def strict(self, ids):
        with tf.control_dependencies([tf.debugging.assert_less(ids, 5, message="id too large")]):
            return {"ids": tf.identity(ids)}

    @tf.function(input_signature=[spec([], tf.float32, "x")])
    def endless(self, x):
        return {"x": tf.while_loop(lambda x: x < 2.0, lambda x: [tf.sin(x)], [x])[0]}


NAMES = ("loop", "dtypes", "text", "constant", "add", "small", "strict", "endless")
DTYPES = {
    "double": np.array([[0.1, np.nan], [-np.inf, 1e300]]),
    "long": np.array([2**62, 7], np.int64),
    "flag": np.array([True, False]),
}


@pytest.fixture(scope="module")
def toy():
    return Toy()


@pytest.fixture(scope="module")
def saved(toy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy") / "1"
    tf.saved_model.save(toy, str(folder), signatures={name: getattr(toy, name) for name in NAMES})
    return folder


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """The folder that job folders are made in."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def assert_same(received, expected):
    """Holds two dicts of arrays to the same names, dtypes, shapes and (nearly) values."""
    assert received.keys() == expected.keys()
    for name, tensor in expected.items():
        wanted = np.asarray(tensor.numpy())
        assert (received[name].dtype, received[name].shape) == (wanted.dtype, wanted.shape), name
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(received[name], wanted, rtol=1e-6, atol=1e-7)
        else:
            np.testing.assert_array_equal(received[name], wanted)


def loop_inputs(rows=5, steps=3):
    x = np.random.default_rng(rows).normal(size=(rows, 3)).astype(np.float32)
    return {"x": x, "steps": np.int32(steps)}


def test_the_outputs_are_those_of_python(toy, saved):
    loops = [loop_inputs(), loop_inputs(rows=1, steps=0), loop_inputs(rows=0)]
    calls = [Call("loop", inputs) for inputs in loops]
    *received, dtypes, constant = run_signatures(
        saved, [*calls, Call("dtypes", DTYPES), Call("constant", {})]
    )
    for inputs, outputs in zip(loops, received, strict=True):
        assert_same(outputs, toy.loop(**inputs))
    assert_same(dtypes, toy.dtypes(**DTYPES))
    assert_same(constant, toy.constant())


def test_memory_order_and_byte_order_of_an_input_do_not_matter(toy, saved):
    inputs = loop_inputs()
    columns = inputs | {"x": np.asfortranarray(inputs["x"])}
    swapped = {"x": inputs["x"].astype(">f4"), "steps": np.array(3, ">i4")}
    for outputs in run_signatures(saved, [Call("loop", columns), Call("loop", swapped)]):
        assert_same(outputs, toy.loop(**inputs))


def test_text(toy, saved):
    long = "long enough to be on the heap " * 9
    texts = [
        np.array([["", "é"], ["a", long]]),
        np.array([[b"zeros\0inside\0", b"\0"], [b"\xff", b"."]], object),
        np.empty((0, 2), "S"),
    ]
    received = run_signatures(saved, [Call("text", {"text": text}) for text in texts])
    for text, outputs in zip(texts, received, strict=True):
        assert_same(outputs, toy.text(tf.constant(text, tf.string)))


def test_calls_share_one_session(saved):
    calls = [Call("add", {"amount": np.float32(amount)}) for amount in (1, 10)]
    totals = [float(outputs["total"]) for outputs in run_signatures(saved, calls)]
    assert totals == [1, 11]


def test_repeats_are_timed_and_the_first_gives_the_outputs(saved):
    calls = [Call("add", {"amount": np.float32(1)}), Call("constant", {})]
    measured = measure_signatures(saved, calls, repeats=4)
    assert [len(seconds) for seconds in measured.seconds] == [4, 4]
    assert all(0 < second < 60 for seconds in measured.seconds for second in seconds)
    assert 0 < measured.load_seconds < 60
    assert measured.outputs[0]["total"] == 1
    with pytest.raises(ValueError, match="repeats must be at least 1"):
        measure_signatures(saved, calls, repeats=0)


def test_without_calls_the_model_is_only_loaded(saved):
    assert run_signatures(str(saved), []) == []


def poisoned_tensorflow(folder, libraries):
    """A package `tensorflow` that cannot be imported, but has the wheel's libraries."""
    package = folder / "tensorflow"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('tensorflow was imported')")
    for name in libraries:
        (package / name).symlink_to(Path(tf.__file__).with_name(name))
    return str(folder)


def test_runs_where_tensorflow_cannot_be_imported(toy, saved, tmp_path, monkeypatch):
    stub = poisoned_tensorflow(tmp_path, c_runtime_worker.LIBRARIES)
    imported = subprocess.run(
        [sys.executable, "-c", "import tensorflow"],
        env=os.environ | {"PYTHONPATH": stub},
        capture_output=True,
        check=False,
    )
    assert b"tensorflow was imported" in imported.stderr
    monkeypatch.setenv("PYTHONPATH", stub)
    outputs = run_signatures(saved, [Call("loop", loop_inputs())])[0]
    assert_same(outputs, toy.loop(**loop_inputs()))


def test_the_worker_reports_that_tensorflow_was_not_imported(saved, tmp_path):
    job = {"saved_model": str(saved), "calls": [], "repeats": 1}
    (tmp_path / "job.json").write_text(json.dumps(job))
    c_runtime_worker.write_arrays(tmp_path / "inputs.npz", [])
    subprocess.run([sys.executable, str(c_runtime.WORKER), str(tmp_path)], check=True)
    assert json.loads((tmp_path / "result.json").read_text())["tensorflow_imported"] is False


def test_a_worker_that_imported_tensorflow_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(c_runtime_worker, "_run_job", lambda folder: {})
    assert c_runtime_worker.main(tmp_path) == c_runtime_worker.REPORTED
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["tensorflow_imported"] is True
    assert "was imported in the worker" in result["error"]


@pytest.mark.representative("given0-expected0")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (np.array([[1, 2, 3]], np.int64), [[1, 2, 3]]),
        (np.array([[0.5, 0.25, np.nan]], np.float64), [[0.5, 0.25, np.nan]]),
        ([[True, False, True]], [[1, 0, 1]]),
    ],
)
def test_a_cast_that_changes_no_value_is_done(toy, saved, given, expected):
    outputs = run_signatures(saved, [Call("loop", {"x": given, "steps": 2})])[0]
    assert_same(outputs, toy.loop(tf.constant(expected, tf.float32), 2))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("x", np.full((1, 3), 0.1), "Input 'x' .*must be float32, .*dtype=float64"),
        ("x", np.full((1, 3), 1e39), "Input 'x' .*must be float32"),
        ("x", np.full((1, 3), 2**24 + 1), "Input 'x' .*must be float32, .*dtype=int64"),
        ("x", np.full((1, 3), "a"), "Input 'x' .*must be float32"),
        ("steps", np.int64(2**31), "Input 'steps' .*must be int32, .*dtype=int64"),
        ("steps", 2.0, "Input 'steps' .*must be int32, .*dtype=float64"),
        ("steps", [2], r"Input 'steps' .*of shape \(\)\. Received: \(1,\)"),
        ("x", np.zeros((2, 4)), r"Input 'x' .*of shape \(None, 3\)\. Received: \(2, 4\)"),
    ],
)
def test_an_input_of_wrong_dtype_or_shape(saved, name, given, message):
    with pytest.raises(CRuntimeError, match=message):
        run_signatures(saved, [Call("loop", loop_inputs() | {name: given})])


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("long", np.array([2**63], np.uint64)),
        ("long", np.array([2**64 - 1], np.uint64)),
        ("double", np.array([[2**53 + 1]])),
    ],
)
def test_an_integer_neither_wraps_nor_is_rounded(saved, name, given):
    with pytest.raises(CRuntimeError, match=rf"Input '{name}' .*cannot represent these values"):
        run_signatures(saved, [Call("dtypes", DTYPES | {name: given})])


@pytest.mark.parametrize("given", [[[1]], [[b"a", None]]])
def test_an_input_that_is_not_text(saved, given):
    with pytest.raises(CRuntimeError, match=r"Input 'text' .*must be string"):
        run_signatures(saved, [Call("text", {"text": np.array(given)})])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call("lop", {}), r"no signature 'lop': choose from \['add', 'constant', .*'text'\]\.$"),
        (Call("__saved_model_init_op", {}), "no signature '__saved_model_init_op'"),
        (Call("add", {}), r"signature 'add' .*give \['amount'\]\. Received: \[\]"),
        (Call("constant", {"x": np.zeros(1)}), r"give \[\]\. Received: \['x'\]"),
        (Call("small", {"x": np.zeros(1, np.uint8)}), "'x' in signature 'small' .*type uint8"),
    ],
)
def test_a_call_that_does_not_match_the_signatures(saved, call, message):
    with pytest.raises(CRuntimeError, match=message):
        run_signatures(saved, [call])


def test_an_error_of_the_graph_is_one_line(saved, scratch):
    with pytest.raises(CRuntimeError, match=r"Signature 'strict' .*id too large") as caught:
        run_signatures(saved, [Call("strict", {"ids": np.array([1, 5])})])
    assert "\n" not in str(caught.value)
    assert not list(scratch.iterdir())


def test_a_missing_folder(tmp_path):
    with pytest.raises(CRuntimeError, match=r"There is no .*nowhere/saved_model\.pb"):
        run_signatures(tmp_path / "nowhere", [])


@pytest.mark.parametrize(
    ("keep", "message"), [(0.5, "is cut off or not a SavedModel"), (0, "no graph tagged 'serve'")]
)
def test_a_truncated_graph(saved, tmp_path, keep, message):
    graph = (saved / "saved_model.pb").read_bytes()
    (tmp_path / "saved_model.pb").write_bytes(graph[: int(len(graph) * keep)])
    with pytest.raises(CRuntimeError, match=message):
        run_signatures(tmp_path, [])


def test_a_graph_without_its_variables(saved, tmp_path):
    shutil.copytree(saved, tmp_path, dirs_exist_ok=True)
    (values,) = (tmp_path / "variables").glob("*.data-*")
    values.write_bytes(values.read_bytes()[:10])
    with pytest.raises(CRuntimeError, match=r"did not load .*Read less bytes"):
        run_signatures(tmp_path, [])
    shutil.rmtree(tmp_path / "variables")
    with pytest.raises(CRuntimeError, match=r"'constant' .* failed .*Could not find variable"):
        run_signatures(tmp_path, [Call("constant", {})])


@pytest.mark.slow
def test_a_loop_that_does_not_end(saved, scratch):
    with pytest.raises(CRuntimeError, match=r"for 3 s and was killed: give a longer timeout"):
        run_signatures(saved, [Call("endless", {"x": np.float32(1)})], timeout=3)
    assert not list(scratch.iterdir())


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed .*signal Segmentation fault: .*nothing"),
        ("import sys; print('out of luck', file=sys.stderr); sys.exit(7)", "status 7.*out of luck"),
        ("raise KeyError('lost')", "exit status 1: .*KeyError: 'lost'"),
    ],
)
def test_a_worker_that_crashes(saved, scratch, monkeypatch, tmp_path_factory, script, message):
    worker = tmp_path_factory.mktemp("worker") / "worker.py"
    worker.write_text(script)
    monkeypatch.setattr(c_runtime, "WORKER", worker)
    with pytest.raises(CRuntimeError, match=message):
        run_signatures(saved, [])
    assert not list(scratch.iterdir())


def test_a_platform_without_the_libraries(saved, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", poisoned_tensorflow(tmp_path, []))
    with pytest.raises(CRuntimeError, match=r"lacks .*libtensorflow_framework.*the Linux wheel"):
        run_signatures(saved, [])
