"""The benchmark of the layers: its statistics, its file, and a short run."""

import importlib.util
import json
import math
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.records import Records
from benchmarks.timing import Rounds, fastest, geometric_mean, interleave, median_ratio

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {"keras": "3", "cores": 2}


def test_geometric_mean_of_twice_and_half_is_one():
    assert geometric_mean([2, 0.5]) == pytest.approx(1)
    assert geometric_mean([1, 10, 100]) == pytest.approx(10)


def test_geometric_mean_of_nothing():
    assert math.isnan(geometric_mean([]))


def test_median_ratio_compares_within_rounds():
    """A round in which the machine was slow counts like any other."""
    assert median_ratio([1, 10, 3], [2, 20, 4]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("done", "spent", "slowest", "expected"),
    [(4, 99, 1, True), (5, 99, 1, False), (3, 99, 3, False), (29, 1, 1, True), (30, 1, 1, False)],
)
def test_rounds(done, spent, slowest, expected):
    rounds = Rounds(fewest=5, fewest_slow=3, most=30, seconds=8)
    assert rounds.go_on(done, spent, slowest) is expected


def test_every_round_starts_with_another_function():
    calls = []
    functions = {name: lambda name=name: calls.append(name) for name in "ab"}
    seconds = interleave(functions, Rounds(fewest=4, most=4))
    assert {name: len(values) for name, values in seconds.items()} == {"a": 4, "b": 4}
    # ab for an estimate, then the rounds ab, ba, ab, ba; calls in a row are one block.
    assert re.sub(r"(.)\1*", r"\1", "".join(calls)) == "abababa"


def test_fastest_function():
    assert fastest({"slow": lambda: sum(range(100_000)), "fast": lambda: None}) == "fast"


def test_resume_keeps_rows(tmp_path):
    path = tmp_path / "rows.json"
    Records(path, ENVIRONMENT).add({"layer": "LSTM", "batch": 1, "seconds": {"ours": 2.0}})
    records = Records(path, ENVIRONMENT, resume=True)
    records.add({"layer": "GRU", "batch": 1, "seconds": {"ours": 3.0}})
    assert records.find(layer="LSTM", batch=1)["seconds"] == {"ours": 2.0}
    assert records.find(layer="LSTM", batch=32) is None
    assert json.loads(path.read_text())["rows"] == records.select(batch=1) == records.rows


def test_without_resume_the_file_is_replaced(tmp_path):
    path = tmp_path / "rows.json"
    Records(path, ENVIRONMENT).add({"layer": "LSTM"})
    Records(path, ENVIRONMENT).add({"layer": "GRU"})
    assert json.loads(path.read_text()) == {"environment": ENVIRONMENT, "rows": [{"layer": "GRU"}]}


def test_resume_elsewhere_is_refused(tmp_path):
    path = tmp_path / "rows.json"
    Records(path, ENVIRONMENT).add({"layer": "LSTM"})
    with pytest.raises(ValueError, match="another environment"):
        Records(path, {**ENVIRONMENT, "keras": "4"}, resume=True)


@pytest.fixture
def script(monkeypatch):
    """Loads a script as a module; `layers` is the name of another one."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")

    def load(name):
        path = ROOT / "benchmarks" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"{name}_benchmark", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def contestant(*arrays):
    return SimpleNamespace(run=lambda: arrays, read=lambda results: list(map(np.array, results)))


def test_contestants_must_compute_the_same(script):
    check = script("comparison").check
    ready = {"keras": contestant([1.0, 2], [4.0]), "ours": contestant([1.0, 2], [4.001])}
    assert check(ready) == {"ours": pytest.approx(0.00025)}
    for wrong in ([4.1], [np.nan]):
        with pytest.raises(ValueError, match="ours differs from Keras"):
            check({**ready, "ours": contestant([1.0, 2], wrong)})


def test_ratio_to_keras_is_to_its_better_form(script):
    seconds = {"ours": [1.0, 1], "keras": [4.0, 5], "keras jit": [2.0, 2], "products": [0.5, 0.5]}
    assert script("comparison").ratios(seconds) == {"keras": 0.5, "products": 2}


@pytest.mark.parametrize("text", ["1x2", "1x2x3x4", "axbxc"])
def test_sizes_that_are_none(script, text):
    benchmark = script("layers")
    with pytest.raises(benchmark.argparse.ArgumentTypeError, match=text):
        benchmark.parse_size(text)


@pytest.mark.slow
def test_quick_run(tmp_path):
    out, picture = tmp_path / "rows.json", tmp_path / "picture.png"
    run("layers.py", "--quick", "--sizes", "2x3x4", "--out", out, "--picture", picture)
    rows = json.loads(out.read_text())["rows"]
    assert [row["kind"] for row in rows] == ["training", "forward", "exported"]
    for row in rows:
        assert {"ours", "keras", "products"} <= row["seconds"].keys()
        assert all(seconds > 0 for seconds in row["seconds"].values())
        assert row["ratios"]["keras"] > 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_measurements_in_a_process_of_their_own():
    step = run("alone.py", "step", "LSTM", "ours", 32, 100, 64)
    # The outputs alone are a MB.
    assert step["peak_bytes"] > 32 * 100 * 64 * 4
    lengths = run("alone.py", "lengths", "Bidirectional", "ours", 2, 4, 3)
    assert lengths["first_seconds"] > lengths["second_seconds"] > 0


def run(script, *arguments):
    """Runs a script; returns what its last line holds, if that is JSON."""
    command = [sys.executable, ROOT / "benchmarks" / script, *map(str, arguments)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    last = answer.stdout.splitlines()[-1]
    return json.loads(last) if last.startswith("{") else None
