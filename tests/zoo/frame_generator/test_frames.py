import numpy as np
import pytest

from seqzoo.zoo.frame_generator.frames import FramesOfTokens, GatherFrames
from tests.contracts.model_cases import random_rolls

KEYS = 5
START, MARK = 1, 3


@pytest.fixture(scope="module")
def frames_of_tokens():
    return FramesOfTokens(4 + KEYS)


def tokens_of(roll, begun):
    """The tokens of a roll, and what stands at each, by plain Python."""
    token_ids, finished, so_far = [START], [0], [begun]
    for index, frame in enumerate(roll):
        current = np.zeros(KEYS) if index else begun
        for key in np.flatnonzero(frame):
            current = current + np.eye(KEYS)[key]
            token_ids.append(4 + key)
            finished.append(index)
            so_far.append(current)
        token_ids.append(MARK)
        finished.append(index + 1)
        so_far.append(np.zeros(KEYS))
    return np.array([token_ids], "int32"), np.array(finished), np.array(so_far)


def read(layer, token_ids, *arguments):
    present = np.ones(token_ids.shape, bool)
    return [np.asarray(value) for value in layer(token_ids, present, *arguments)]


def test_tokens_make_the_frames_that_they_came_from(frames_of_tokens):
    (roll,) = random_rolls([7], KEYS)
    token_ids, finished, so_far = tokens_of(roll, np.zeros(KEYS))
    received = read(frames_of_tokens, token_ids)
    np.testing.assert_array_equal(received[0][0, :-1], roll)
    assert received[1].tolist() == [[True] * 7 + [False]]
    np.testing.assert_array_equal(received[2][0], finished)
    np.testing.assert_array_equal(received[3][0], so_far)


def test_a_frame_that_was_begun_goes_on(frames_of_tokens):
    (roll,) = random_rolls([3], KEYS, seed=2)
    # Any numbers: what is begun is only added.
    begun = np.random.default_rng(0).normal(size=KEYS)
    token_ids, _, so_far = tokens_of(roll, begun)
    received = read(frames_of_tokens, token_ids, begun[None].astype("float32"))
    np.testing.assert_allclose(received[0][0, 0], roll[0] + begun, rtol=1e-6)
    np.testing.assert_array_equal(received[0][0, 1:-1], roll[1:])
    np.testing.assert_allclose(received[3][0], so_far, atol=1e-6)


def test_tokens_that_are_masked_are_not_read(frames_of_tokens):
    token_ids = np.array([[4, MARK, 5, 6, MARK]], "int32")
    frames, complete, finished, so_far = frames_of_tokens(token_ids, np.arange(5)[None] < 3)
    np.testing.assert_array_equal(frames[0], np.eye(KEYS)[:2])
    assert np.asarray(complete).tolist() == [[True, False]]
    assert np.asarray(finished).tolist() == [[0, 1, 1, 1, 1]]
    np.testing.assert_array_equal(so_far[0, -1], np.eye(KEYS)[1])


def test_a_batch_of_unlike_lengths(frames_of_tokens):
    token_ids = np.array([[MARK, MARK, 4], [5, 0, 0]], "int32")
    frames, complete, _, _ = frames_of_tokens(token_ids, token_ids != 0)
    np.testing.assert_array_equal(frames[:, :, :2].numpy().sum((1, 2)), [1, 1])
    assert np.asarray(complete).tolist() == [[True, True, False], [False, False, False]]


def test_every_token_sees_what_belongs_to_the_frames_before_its_own():
    values = np.random.default_rng(4).normal(size=(1, 2, 3)).astype("float32")
    finished = np.array([[0, 0, 1, 2]])
    first = np.full((1, 3), 9, "float32")
    expected = [first[0], first[0], values[0, 0], values[0, 1]]
    np.testing.assert_array_equal(GatherFrames()(values, finished, first=first)[0], expected)
    np.testing.assert_array_equal(GatherFrames()(values, finished)[0, :2], np.zeros((2, 3)))
