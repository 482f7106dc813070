"""The timing task: its streams, its results on file, and a small run of it."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "timing_task.py"


@pytest.fixture(scope="module")
def timing_task():
    spec = importlib.util.spec_from_file_location("timing_task", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("shortest", "spread"), [(10, 1), (3, 5)])
def test_target_at_each_spike_is_the_distance_to_the_one_before(timing_task, shortest, spread):
    task = timing_task.Task(shortest, spread)
    streams = timing_task.make_streams(np.random.default_rng(0), task, 50, 6)
    seen = set()
    for spikes, targets, weights in zip(*streams, strict=True):
        at = np.flatnonzero(spikes)
        assert at[0] == 0
        assert len(at) == 7
        distances = np.diff(at)
        seen |= set(distances)
        np.testing.assert_allclose(targets[at[1:], 0], (distances - shortest) / spread, rtol=1e-6)
        # Answers are asked for at the spikes but the first, and nowhere else.
        assert np.array_equal(np.flatnonzero(weights), at[1:])
        assert set(np.unique(weights)) == {0, 1}
        assert not np.any(targets[weights == 0])
    assert seen == set(range(shortest, shortest + spread + 1))


def test_errors_are_in_time_steps(timing_task):
    """A network that always says 0 is wrong by what the distances exceed the shortest by."""
    task = timing_task.Task(3, 5)
    trainer = timing_task.Trainer("SimpleRNN", task, timing_task.Settings(units=2))
    trainer.network.set_weights([np.zeros(w.shape) for w in trainer.network.get_weights()])
    errors = trainer.errors(trainer.validation)
    assert set(np.round(-errors, 5)) == set(range(6))


def test_better_runs_rank_first(timing_task):
    def result(solved, error):
        return {"sequences_to_solve": solved, "validation_error": error}

    ordered = [result(10, 0.4), result(20, 0.1), result(None, 0.2), result(None, 0.3)]
    shuffled = [ordered[n] for n in (2, 0, 3, 1)]
    assert sorted(shuffled, key=timing_task.rank) == ordered


def test_interrupted_run_continues(timing_task, tmp_path, monkeypatch):
    trained = []

    class Trainer:
        def __init__(self, layer, task, settings):
            self.layer = layer

        def run(self, learning_rate, seed):
            if len(trained) == 4:
                raise KeyboardInterrupt
            trained.append((learning_rate, seed))
            error = abs(learning_rate - 0.01)
            return {"sequences_to_solve": None, "validation_error": error, "test_right": 0.5}

    monkeypatch.setattr(timing_task, "Trainer", Trainer)
    plan = {**timing_task.FULL, "seeds": [0, 1, 2]}
    settings = timing_task.Settings(units=3)
    others = (timing_task.Task(10, 1), "LSTM", tmp_path / "results.jsonl")
    arguments = (plan, settings, *others)
    with pytest.raises(KeyboardInterrupt):
        timing_task.run_group(*arguments)
    with others[-1].open("a") as file:
        file.write('{"layer": "LS')
    trained.append(None)
    results = timing_task.run_group(*arguments)
    development = [(rate, timing_task.DEVELOPMENT_SEED) for rate in plan["learning_rates"]]
    assert trained == [*development, (0.01, 0), None, (0.01, 1), (0.01, 2)]
    assert [result["seed"] for result in results] == plan["seeds"]
    assert timing_task.run_group(*arguments) == results
    assert len(trained) == 7
    # Other settings are other results.
    timing_task.run_group({**plan, "seeds": [7]}, timing_task.Settings(units=9), *others)
    assert trained[7:] == [*development, (0.01, 7)]


def test_table_and_picture(timing_task, tmp_path):
    """Two seeds of two layers at two sizes."""
    rows = [
        {
            "layer": layer,
            "task": {"shortest": 10, "spread": 1},
            "settings": {"units": units, "updates": 10, "batch": 4},
            "learning_rate": 0.01,
            "seed": seed,
            "sequences_to_solve": solved,
            "test_right": right,
        }
        for units in (1, 4)
        for layer in ("GRU", "SimpleRNN")
        for seed, solved, right in ((0, 1200 if layer == "GRU" else None, 0.5), (1, None, 1.0))
    ]
    table = timing_task.markdown_table(rows).splitlines()
    # A SimpleRNN of u units has u + u^2 + u weights, and the output unit u + 1.
    assert table[2:] == [
        "| 1 | 10 to 11 steps | `GRU` | 14 | 0.01 | 1 of 2 | 1,200 (1,200 to 1,200) "
        "| 75.0% (50.0%) |",
        "| 1 | 10 to 11 steps | `SimpleRNN` | 5 | 0.01 | 0 of 2 | - | 75.0% (50.0%) |",
        "| 4 | 10 to 11 steps | `GRU` | 89 | 0.01 | 1 of 2 | 1,200 (1,200 to 1,200) "
        "| 75.0% (50.0%) |",
        "| 4 | 10 to 11 steps | `SimpleRNN` | 29 | 0.01 | 0 of 2 | - | 75.0% (50.0%) |",
    ]
    timing_task.draw(rows, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_quick_run(timing_task, tmp_path, capsys):
    path = tmp_path / "results.jsonl"
    timing_task.main(["--quick", "--workers", "1", "--results", str(path)])
    results = [json.loads(line) for line in path.read_text().splitlines()]
    assert [result["layer"] for result in results] == list(timing_task.LAYERS)
    table = capsys.readouterr().out
    assert all(f"`{layer}`" in table for layer in timing_task.LAYERS)
