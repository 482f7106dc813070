import json

import keras
import numpy as np
import pytest

from seqzoo.core.errors import UsageError
from seqzoo.training.data.music.rolls import read_rolls
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.frame_generator.evaluation import evaluate
from seqzoo.training.frame_generator.training import FrameGeneratorTraining
from seqzoo.training.recipe import Recipe
from seqzoo.training.runs.train import train
from seqzoo.zoo import FrameGenerator
from tests.training.data.music.roll_files import write_rolls


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """Pieces of two chords in turn."""
    path = tmp_path_factory.mktemp("rolls") / "rolls.mat"
    chords = np.zeros((2, 88), "uint8")
    chords[0, [40, 44, 47]] = chords[1, [39, 45]] = 1
    rolls = [np.tile(chords, (n, 1)) for n in (3, 8, 5, 4, 6, 7)]
    write_rolls(path, rolls[:4], rolls[4:5], rolls[5:])
    return path


@pytest.fixture(scope="module")
def task():
    keras.utils.set_random_seed(1)
    return FrameGenerator.from_examples(embedding_dim=4, units=8, num_layers=1)


def test_what_is_counted(task, file):
    result = evaluate(task, read_rolls(file))
    # 14 frames of 5 notes for two, each frame's mark, and the end of the piece.
    assert (result.pieces, result.frames, result.tokens) == (1, 14, 35 + 14 + 1)
    roll = read_rolls(file).test[0].roll
    (likelihood,) = task.frame_log_likelihood([roll])
    np.testing.assert_allclose(result.nats_per_frame, -likelihood.sum() / 14)
    score = task.score([roll])["log_probability"][0]
    np.testing.assert_allclose(result.nats_per_token, -score / 50)


def test_baselines_count_frames_by_hand(task, file):
    """The unigram, by the definition in `NGramBaseline`."""
    splits = read_rolls(file)
    result = evaluate(task, splits, training_data=TrainingData(("rolls",), splits.train))
    assert result.show("home").title.endswith("baselines counted on 4 training pieces of rolls")
    assert evaluate(task, splits).show("home").row_count == 1
    counts = np.zeros(92)
    for piece in splits.train:
        for frame in piece.roll:
            counts[4 + np.flatnonzero(frame)] += 1
            counts[3] += 1
    p = (counts + 1) / (counts.sum() + 92)
    frames = [-np.log(p[[44, 48, 51, 3]]).sum(), -np.log(p[[43, 49, 3]]).sum()]
    np.testing.assert_allclose(result.unigram_per_frame, np.mean(frames), rtol=1e-6)
    assert result.bigram_per_frame < result.unigram_per_frame


def test_an_empty_split_is_refused(task, file):
    splits = read_rolls(file)
    with pytest.raises(UsageError, match="no test split"):
        evaluate(task, type(splits)(splits.train, [], []))


def test_batches_hold_every_token_once(task, file):
    pieces = read_rolls(file).train
    task.preprocessor.sequence_length, before = 20, task.preprocessor.sequence_length
    try:
        batches = FrameGeneratorTraining().batches(task, pieces, 2, np.random.default_rng(0))
        assert int(batches.cardinality()) == len(list(batches))
        batches = list(batches)
    finally:
        task.preprocessor.sequence_length = before
    expected = sum(len(ids) - 1 for ids in task.preprocessor.token_ids([p.roll for p in pieces]))
    assert sum(float(np.sum(weight)) for _, _, weight in batches) == expected
    for x, y, weight in batches:
        np.testing.assert_array_equal(np.asarray(y) != 0, np.asarray(weight) == 1)
        np.testing.assert_array_equal(x["padding_mask"], np.asarray(weight) == 1)


@pytest.mark.slow
def test_a_run_is_better_than_counting_and_chooses_by_the_measure(file, tmp_path):
    recipe = Recipe(
        "frame-generator",
        (str(file),),
        {"embedding_dim": 16, "units": 24, "dropout": 0.0, "sequence_length": 60},
        **{"epochs": 25, "learning_rate": 0.02, "augment": False, "patience": 25, "batch_size": 4},
    )
    preset = train(recipe, tmp_path / "run")
    splits = read_rolls(file)
    known = TrainingData((str(file),), splits.train)
    result = evaluate(FrameGenerator.from_preset(preset), splits, "validation", known)
    assert result.nats_per_frame < result.bigram_per_frame
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    np.testing.assert_allclose(result.nats_per_frame, metrics["best"]["val_nats_per_frame"])
