import itertools
import json
import shutil
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.training.note_generator.training import NoteGeneratorTraining
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.training.runs.folder import RunError
from seqzoo.training.runs.train import load_splits, train
from seqzoo.zoo import NoteGenerator

NETWORK = {"embedding_dim": 8, "units": 12, "num_layers": 1, "sequence_length": 16}


def recipe_for(folder, **fields):
    return Recipe(
        "note-generator",
        (str(folder),),
        {**NETWORK, **fields.pop("network", {})},
        **{"epochs": 3, "batch_size": 4, "seed": 1, **fields},
    )


def weights(run):
    return NoteGenerator.from_preset(run / "preset").get_weights()


def assert_same_run(run, other):
    assert (run / "metrics.json").read_text() == (other / "metrics.json").read_text()
    for expected, received in zip(weights(run), weights(other), strict=True):
        np.testing.assert_array_equal(received, expected)


@pytest.fixture(scope="module")
def whole_run(score_folder, tmp_path_factory):
    """A run of three epochs that nothing interrupted, in a process of its own."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    recipe_for(score_folder).write(run.parent / "recipe.json")
    start_run(run.parent / "recipe.json", run).wait(timeout=600)
    return run


def start_run(recipe, run):
    command = [sys.executable, "-m", "seqzoo", "train", "--recipe", recipe, "--out", run]
    return subprocess.Popen(command, stderr=subprocess.PIPE)


def test_what_a_run_leaves(whole_run, score_folder):
    assert sorted(path.name for path in whole_run.iterdir()) == [
        "curves.png",
        "metrics.json",
        "preset",
        "recipe.json",
        "state-0003.weights.h5",
    ]
    own_values = NoteGeneratorTraining().defaults()
    recipe = recipe_for(score_folder).completed(own_values)
    assert recipe.learning_rate == own_values["learning_rate"]
    assert Recipe.read(whole_run / "recipe.json") == recipe
    metrics = json.loads((whole_run / "metrics.json").read_text())
    assert len(metrics["history"]) == metrics["epochs"] == 3
    losses = [logs["val_nats_per_token"] for logs in metrics["history"]]
    assert losses[-1] < losses[0]
    assert metrics["best"]["val_nats_per_token"] == min(losses)


def test_epochs_may_differ_in_their_number_of_batches(score_folder, tmp_path, monkeypatch):
    numbers, batches = [], NoteGeneratorTraining.batches

    def batches_of(training, task, examples, batch_size, rng=None):
        made = batches(training, task, examples, batch_size, rng)
        if rng is not None:
            numbers.append(int(made.cardinality()))
        return made

    counts = iter((2, 6, 3))
    monkeypatch.setattr(NoteGeneratorTraining, "batches", batches_of)
    monkeypatch.setattr(
        NoteGeneratorTraining, "augmented", lambda _, pieces, rng: pieces[: next(counts)]
    )
    train(recipe_for(score_folder, batch_size=1), tmp_path / "run")
    assert numbers[0] < numbers[2] < numbers[1]
    with h5py.File(tmp_path / "run/state-0003.weights.h5") as state:
        # The number of steps that the optimizer has made.
        assert state["optimizer/vars/0"][()] == sum(numbers)


def test_the_preset_holds_the_best_weights(whole_run, score_folder):
    task = NoteGenerator.from_preset(whole_run / "preset")
    splits = load_splits(recipe_for(score_folder), NoteGeneratorTraining())
    held_out = [piece.midi for piece in splits.validation]
    metrics = json.loads((whole_run / "metrics.json").read_text())
    loss = task.evaluate(held_out, verbose=0, return_dict=True)["nats_per_token"]
    np.testing.assert_allclose(loss, metrics["best"]["val_nats_per_token"], rtol=1e-5)


@pytest.mark.slow
def test_the_same_recipe_gives_the_same_run(whole_run, score_folder, tmp_path):
    train(recipe_for(score_folder), tmp_path / "again")
    assert_same_run(whole_run, tmp_path / "again")


def test_an_interrupted_run_goes_on_to_the_same_result(
    whole_run, score_folder, tmp_path, monkeypatch
):
    measure, epochs = NoteGeneratorTraining.measure, itertools.count(1)

    def interrupted_in_the_second_epoch(*arguments):
        if next(epochs) == 2:
            raise KeyboardInterrupt
        return measure(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(NoteGeneratorTraining, "measure", interrupted_in_the_second_epoch)
        with pytest.raises(KeyboardInterrupt):
            train(recipe_for(score_folder), tmp_path / "run")
    assert (tmp_path / "run" / "state-0001.weights.h5").exists()
    train(recipe_for(score_folder), tmp_path / "run")
    assert_same_run(whole_run, tmp_path / "run")


@pytest.mark.representative("1")
@pytest.mark.slow
@pytest.mark.parametrize("epochs_done", [0, 1, 2])
def test_a_killed_run_goes_on_to_the_same_result(whole_run, score_folder, tmp_path, epochs_done):
    run = tmp_path / "run"
    recipe_for(score_folder).write(tmp_path / "recipe.json")
    process = start_run(tmp_path / "recipe.json", run)
    mark = f"state-{epochs_done:04d}.weights.h5" if epochs_done else "recipe.json"
    deadline = time.monotonic() + 600
    while not (run / mark).exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert start_run(tmp_path / "recipe.json", run).wait(timeout=600) == 0
    assert_same_run(whole_run, run)


def test_a_finished_run_is_left_alone(whole_run, score_folder, tmp_path):
    run = shutil.copytree(whole_run, tmp_path / "run")
    before = (run / "metrics.json").stat().st_mtime_ns
    train(recipe_for(score_folder), run)
    assert (run / "metrics.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_another_recipe_is_refused_unless_overwritten(whole_run, score_folder, tmp_path):
    run = shutil.copytree(whole_run, tmp_path / "run")
    with pytest.raises(RunError, match="another recipe"):
        train(recipe_for(score_folder, seed=2), run)
    train(recipe_for(score_folder, seed=2, epochs=1), run, overwrite=True)
    assert json.loads((run / "metrics.json").read_text())["epochs"] == 1


def test_a_recipe_of_another_version_is_named(score_folder, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run/recipe.json").write_text('{"model": "composer", "data": ["x"]}')
    with pytest.raises(RunError, match=r"of another version \(.*no model 'composer'.*--overwrite"):
        train(recipe_for(score_folder), tmp_path / "run")


def test_a_folder_that_is_no_run_is_never_touched(score_folder, tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years")
    for overwrite in (False, True):
        with pytest.raises(RunError, match="not a run folder"):
            train(recipe_for(score_folder), tmp_path, overwrite=overwrite)
    assert (tmp_path / "thesis.txt").read_text() == "ten years"


@pytest.mark.parametrize("name", ["metrics.json", "state-0003.weights.h5"])
def test_a_damaged_state_is_named(whole_run, score_folder, tmp_path, name):
    run = shutil.copytree(whole_run, tmp_path / "run")
    (run / name).write_bytes((run / name).read_bytes()[:40])
    with pytest.raises(RunError, match=name):
        train(recipe_for(score_folder), run)


def test_changed_data_is_noticed(whole_run, score_folder, tmp_path):
    folder = shutil.copytree(score_folder, tmp_path / "scores")
    recipe = recipe_for(folder, epochs=1)
    train(recipe, tmp_path / "run")
    (folder / "melody-3.mid").unlink()
    with pytest.raises(RunError, match="The data has changed"):
        train(recipe, tmp_path / "run")


def test_what_a_kill_leaves_behind_is_swept(whole_run, score_folder, tmp_path):
    for name in (".recipe.json-x1", ".preset-x2", ".state-0001.weights.h5-x3"):
        (tmp_path / "run" / name).mkdir(parents=True)
    train(recipe_for(score_folder, epochs=1), tmp_path / "run")
    assert not list((tmp_path / "run").glob(".*"))


def test_a_diverged_run_says_so(score_folder, tmp_path, monkeypatch):
    recipe = recipe_for(score_folder)
    task = NoteGeneratorTraining().make_task(recipe, None)
    task.token_logits.bias.assign(np.full(task.token_logits.units, np.nan))
    monkeypatch.setattr(NoteGeneratorTraining, "make_task", lambda *_: task)
    with pytest.raises(RunError, match="the training has diverged"):
        train(recipe, tmp_path / "run")
    assert not (tmp_path / "run" / "preset").exists()
    # Random operations of other models in the process need no seed.
    assert tf.raw_ops.RandomUniform(shape=[2], dtype=tf.float32, seed=0).shape == (2,)


@pytest.mark.slow
def test_early_stopping(score_folder, tmp_path):
    recipe = recipe_for(score_folder, epochs=30, patience=1, learning_rate=0.9)
    train(recipe, tmp_path / "run")
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["epochs"] < 30
    assert metrics["best_epoch"] == metrics["epochs"] - 1


def test_a_network_that_does_not_fit_is_refused(score_folder, tmp_path):
    with pytest.raises(RecipeError, match="depth"):
        train(recipe_for(score_folder, network={"depth": 3}), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_one_piece_cannot_be_held_out(score_folder, tmp_path):
    (tmp_path / "one").mkdir()
    shutil.copy(score_folder / "melody-0.mid", tmp_path / "one")
    with pytest.raises(RunError, match="at least two different pieces"):
        train(recipe_for(tmp_path / "one"), tmp_path / "run")
