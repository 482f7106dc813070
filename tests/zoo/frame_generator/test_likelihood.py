"""The measure of the published figures, by brute force and by an independent reference."""

import itertools

import keras
import numpy as np
import pytest

from seqzoo.zoo import FrameGenerator
from tests.contracts.model_cases import random_rolls

KEYS = 4
START, END, MARK = 1, 2, 3


@pytest.fixture(scope="module", params=["peephole_lstm", "gru"])
def task(request):
    keras.utils.set_random_seed(5)
    task = FrameGenerator.from_examples(
        embedding_dim=6, units=9, num_layers=2, cell=request.param, dropout=0.2, keys=KEYS
    )
    # Of unlike probabilities, the end of a piece among them.
    task.token_logits.bias.assign([0.3, -0.2, 1.5, 0.7, -1.0, 0.9, 0.1, -0.4])
    return task


def all_frames():
    return np.array(list(itertools.product((0, 1), repeat=KEYS)), "uint8")


def test_the_probabilities_of_all_possible_frames_sum_to_one(task):
    (prompt,) = random_rolls([3], KEYS)
    rolls = [np.concatenate([prompt, frame[None]]) for frame in all_frames()]
    last = np.array([frames[-1] for frames in task.frame_log_likelihood(rolls)])
    assert len(last) == 2**KEYS
    np.testing.assert_allclose(np.exp(last).sum(), 1, rtol=1e-5)
    assert np.ptp(last) > 0.5


def test_all_ways_to_go_on_sum_to_one_with_the_end(task):
    """What `score` counts: every next frame, or the end of the piece."""
    (prompt,) = random_rolls([2], KEYS)
    before = task.preprocessor.token_ids([prompt])[0][1:-1]
    score = task.signatures()["score"].function

    def log_probability(more):
        return float(score(token_ids=np.array([[*before, *more]], "int32"))["log_probability"][0])

    ways = [[END], *([*(4 + np.flatnonzero(frame)), MARK] for frame in all_frames())]
    start = log_probability([])
    total = sum(np.exp(log_probability(way) - start) for way in ways)
    np.testing.assert_allclose(total, 1, rtol=1e-5)


def test_a_frame_is_the_sum_of_its_tokens_by_a_reference_in_numpy(task):
    rolls = random_rolls([5, 1, 8], KEYS)
    for roll, likelihood in zip(rolls, task.frame_log_likelihood(rolls), strict=True):
        np.testing.assert_allclose(likelihood, frames_by_numpy(task, roll), rtol=1e-4, atol=1e-5)


def frames_by_numpy(task, roll):
    """Token by token, with the grammar written out, from the network's plain outputs."""
    likelihoods, read = [], [START]
    for frame in roll:
        total, lowest = 0.0, 0
        for token in [*(4 + np.flatnonzero(frame)), MARK]:
            logits = plain_logits(task, read)
            allowed = [MARK, *range(4 + lowest, 4 + KEYS)]
            total += logits[token] - np.log(np.exp(logits[allowed]).sum())
            read.append(token)
            lowest = token - 3 if token != MARK else 0
        likelihoods.append(total)
    return likelihoods


def plain_logits(task, token_ids):
    inputs = {
        "token_ids": np.array([token_ids], "int32"),
        "padding_mask": np.ones((1, len(token_ids)), bool),
    }
    outputs = np.asarray(task.backbone(inputs), float)[0, -1]
    return outputs @ task.token_logits.kernel.numpy() + task.token_logits.bias.numpy()


def test_a_roll_is_measured_the_same_alone_and_beside_longer_ones(task):
    rolls = random_rolls([2, 11, 0, 5], KEYS)
    together = task.frame_log_likelihood(rolls)
    assert [len(frames) for frames in together] == [2, 11, 0, 5]
    for roll, expected in zip(rolls, together, strict=True):
        (alone,) = task.frame_log_likelihood([roll])
        np.testing.assert_allclose(alone, expected, rtol=1e-5, atol=1e-6)


def test_frames_and_ends_make_the_score(task):
    """Where the end has no probability, as after a network that never expects it."""
    bias = task.token_logits.bias
    before = bias.numpy()
    rolls = random_rolls([4, 6], KEYS)
    try:
        bias.assign(np.where(np.arange(4 + KEYS) == END, -30.0, before))
        frames = [likelihood.sum() for likelihood in task.frame_log_likelihood(rolls)]
        tokens = [ids[1:-1] for ids in task.preprocessor.token_ids(rolls)]
        padded = keras.utils.pad_sequences(tokens, padding="post")
        scores = task.signatures()["score"].function(token_ids=padded)["log_probability"]
    finally:
        bias.assign(before)
    np.testing.assert_allclose(scores, frames, rtol=1e-5)


def test_a_later_frame_does_not_change_an_earlier_one(task):
    (roll,) = random_rolls([6], KEYS)
    (whole,) = task.frame_log_likelihood([roll])
    (first,) = task.frame_log_likelihood([roll[:4]])
    np.testing.assert_allclose(whole[:4], first, rtol=1e-5)


def test_no_rolls_are_refused(task):
    with pytest.raises(ValueError, match="at least one"):
        task.frame_log_likelihood([])
