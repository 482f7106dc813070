import json
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from seqzoo.training.ner_tagger.scoring import score_tags
from seqzoo.training.ner_tagger.training import WORDS_OF_AN_EPOCH, NERTaggerTraining
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.training.runs.train import RunError, load_splits, train
from seqzoo.zoo import NERTagger, read_conll
from tests.training.data.text.tagged_files import write_tagged_file

NETWORK = {
    **{"units": 6, "num_layers": 1, "embedding_dim": 6, "dropout": 0.1, "min_count": 1},
    **{"character_dim": 4, "character_units": 9},
}


def recipe_for(data, **fields):
    options = {"network": NETWORK, "epochs": 4, "batch_size": 8, "learning_rate": 0.003, "seed": 1}
    return Recipe("ner-tagger", (str(data),), **{**options, **fields})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_tagged_file(tmp_path_factory.mktemp("data") / "homes.conll")


@pytest.fixture(scope="module")
def run(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(recipe_for(data), folder)
    return folder


def test_the_preset_holds_the_weights_with_the_best_f1(run, data):
    history = json.loads((run / "metrics.json").read_text())["history"]
    best = max(logs["val_entity_f1"] for logs in history)
    held_out = load_splits(recipe_for(data), NERTaggerTraining()).validation
    predicted = NERTagger.from_preset(run / "preset").predict_tags([s.words for s in held_out])
    assert score_tags(held_out, predicted).f1 == pytest.approx(best)
    # Otherwise any weights would do.
    assert best > history[0]["val_entity_f1"]


def test_what_is_trained_on_is_said(data, tmp_path, capsys):
    path = tmp_path / "numbered.conll"
    sentences = read_conll(data)
    path.write_text(
        "\n".join(
            "".join(
                f"{n}\t{word}\t{tag}\t_\n"
                for n, (word, tag) in enumerate(zip(s.words, s.tags, strict=True), 1)
            )
            for s in sentences
        )
    )
    reading = {"columns": "word=2,tag=3"}
    splits = load_splits(recipe_for(path, reading=reading), NERTaggerTraining())
    assert splits == load_splits(recipe_for(data), NERTaggerTraining())
    first = " ".join([*splits.train[0].words, *splits.train[1].words][:8])
    count = len(splits.train)
    assert capsys.readouterr().err.splitlines()[1] == (
        f"{5 * count} words and {2 * count} entities to train on: LOCAL {count}, PESSOA {count}. "
        f"The text begins: {first}"
    )


def test_a_run_leaves_the_words_and_labels_of_its_data(run):
    task = NERTagger.from_preset(run / "preset")
    assert sorted(task.labels) == ["LOCAL", "PESSOA"]
    assert task.backbone.units == 6
    assert {"mora", "lisboa"} <= {
        word.lower() for word in task.preprocessor.tokenizer.get_vocabulary()
    }


@pytest.mark.slow
def test_a_run_goes_on_from_a_preset(run, data, tmp_path):
    recipe = recipe_for(data, network={}, init=str(run / "preset"), epochs=1, learning_rate=1e-9)
    train(recipe, tmp_path / "run")
    pairs = zip(weights(run), weights(tmp_path / "run"), strict=True)
    for before, after in pairs:
        np.testing.assert_allclose(after, before, atol=1e-6)
    # Both runs are recorded.
    runs = NERTagger.from_preset(tmp_path / "run/preset").training_runs
    assert [each.data for each in runs] == [(data.name,)] * 2
    assert {each.fingerprint for each in runs} == {
        NERTaggerTraining().fingerprint(NERTaggerTraining().load([data]))
    }


@pytest.mark.slow
def test_a_changed_preset_is_noticed(run, data, tmp_path):
    preset = shutil.copytree(run / "preset", tmp_path / "preset")
    recipe = recipe_for(data, network={}, init=str(preset), epochs=1)
    train(recipe, tmp_path / "run")
    # Written again, it is the same; what says when it was written and what it is, does not count.
    (preset / "README.md").write_text("Mine.", "utf-8")
    (preset / "metadata.json").write_text("{}", "utf-8")
    train(recipe, tmp_path / "run")
    task = NERTagger.from_preset(preset)
    task.backbone.word_embedding.embeddings.assign_add(
        np.full(task.backbone.word_embedding.embeddings.shape, 1e-3)
    )
    task.backbone.save_weights(preset / "model.weights.h5")
    with pytest.raises(RunError, match=r"has changed since the run .*, or a file or preset"):
        train(recipe, tmp_path / "run")


@pytest.mark.slow
def test_changed_word_vectors_are_noticed(data, tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("mora 0.1 0.9\nlisboa 0.7 0.2\n", "utf-8")
    network = {**NETWORK, "word_vectors": str(vectors), "embedding_dim": 2}
    recipe = recipe_for(data, network=network, epochs=1)
    train(recipe, tmp_path / "run")
    train(recipe, tmp_path / "run")
    vectors.write_text("mora 0.1 0.8\nlisboa 0.7 0.2\n", "utf-8")
    with pytest.raises(RunError, match=r"has changed since the run .*, or a file or preset"):
        train(recipe, tmp_path / "run")


@pytest.mark.slow
def test_new_labels_on_a_preset_make_a_new_head(run, tmp_path):
    data = write_tagged_file(tmp_path / "mine.conll", person="PROFESSOR", place="CIDADE")
    recipe = recipe_for(data, network={}, init=str(run / "preset"), epochs=1, learning_rate=1e-9)
    train(recipe, tmp_path / "run")
    task = NERTagger.from_preset(tmp_path / "run" / "preset")
    assert sorted(task.labels) == ["CIDADE", "PROFESSOR"]
    before = NERTagger.from_preset(run / "preset").backbone.get_weights()
    for expected, received in zip(before, task.backbone.get_weights(), strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"network": {"sequence_length": 16}}, "ner-tagger has no sequence_length: it has .*units"),
        ({"network": {"cell": "gnu"}}, "gnu"),
        ({"init": "somewhere"}, "no sizes beside --init"),
    ],
)
def test_recipes_that_do_not_fit(data, tmp_path, fields, message):
    with pytest.raises(RecipeError, match=message):
        train(recipe_for(data, **fields), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_data_without_entities_is_refused(tmp_path):
    data = tmp_path / "plain.conll"
    data.write_text("Sim O\n\nTalvez O\n\nAgora O\n", "utf-8")
    with pytest.raises(RecipeError, match="No sentence has an entity"):
        train(recipe_for(data), tmp_path / "run")


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_result(data, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe_for(data).write(recipe)
    assert start(recipe, tmp_path / "whole").wait(timeout=300) == 0
    process = start(recipe, tmp_path / "killed")
    deadline = time.monotonic() + 300
    while not (tmp_path / "killed/state-0001.weights.h5").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert start(recipe, tmp_path / "killed").wait(timeout=300) == 0
    metrics = [(tmp_path / name / "metrics.json").read_text() for name in ("whole", "killed")]
    assert metrics[0] == metrics[1]
    pairs = zip(weights(tmp_path / "whole"), weights(tmp_path / "killed"), strict=True)
    for expected, received in pairs:
        np.testing.assert_array_equal(received, expected)


def start(recipe, run):
    command = [sys.executable, "-m", "seqzoo", "train", "--recipe", recipe, "--out", run]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def weights(run):
    return NERTagger.from_preset(run / "preset").get_weights()


def test_a_finished_run_is_left_alone(run, data, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    train(recipe_for(data), copy)
    assert (copy / "metrics.json").read_text() == (run / "metrics.json").read_text()


def test_small_data_is_gone_through_several_times_an_epoch(data):
    training = NERTaggerTraining()
    splits = training.load([str(data)])
    words = sum(len(sentence.words) for sentence in splits.train)
    assert WORDS_OF_AN_EPOCH / 2 < training.rounds(splits.train) * words <= WORDS_OF_AN_EPOCH
    assert training.rounds(splits.train * 1000) == 1
