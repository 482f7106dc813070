"""What cannot follow has no probability, wherever tokens are predicted."""

import itertools

import keras
import keras_nlp
import numpy as np
import pytest

from seqzoo.zoo import FrameGenerator
from seqzoo.zoo.frame_generator.tokens import transition_mask
from tests.contracts.model_cases import random_rolls

KEYS = 6
START, END, MARK = 1, 2, 3


@pytest.fixture(scope="module")
def task():
    keras.utils.set_random_seed(8)
    task = FrameGenerator.from_examples(
        embedding_dim=6, units=9, num_layers=1, sequence_length=30, keys=KEYS
    )
    for weight in task.trainable_weights:
        weight.assign(weight + np.random.default_rng(1).normal(0, 0.8, weight.shape))
    return task


def ascends(token_ids):
    """Whether keys ascend in every frame."""
    pairs = itertools.pairwise(token_ids)
    return all(a < b for a, b in pairs if a > MARK and b > MARK)


def test_what_can_follow_what():
    # Keys 4, 5, 6 after padding, start, end and mark.
    expected = {
        START: {END, MARK, 4, 5, 6},
        MARK: {END, MARK, 4, 5, 6},
        4: {MARK, 5, 6},
        5: {MARK, 6},
        6: {MARK},
    }
    can_follow = transition_mask(7)
    for previous, following in expected.items():
        assert set(np.flatnonzero(can_follow[previous])) == following


def test_every_roll_can_be_written():
    can_follow = transition_mask(4 + KEYS)
    task_tokens = FrameGenerator.from_examples(
        embedding_dim=2, units=2, num_layers=1, keys=KEYS
    ).preprocessor.token_ids(random_rolls([40, 0, 1], KEYS))
    for token_ids in task_tokens:
        assert can_follow[token_ids[:-1], token_ids[1:]].all()


def test_the_trained_graph_gives_descending_keys_no_probability(task):
    x, _, _ = task.preprocessor(task.preprocessor.raw(random_rolls([9, 4], KEYS)))
    probabilities = np.asarray(keras.ops.softmax(task(x)))
    can_follow = transition_mask(4 + KEYS)[np.asarray(x["token_ids"])]
    assert (probabilities[~can_follow] == 0).all()
    present = np.asarray(x["padding_mask"])
    assert (probabilities[can_follow & present[..., None]] > 0).all()
    np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-5)


def test_a_step_gives_descending_keys_no_probability(task):
    token_ids = np.arange(4 + KEYS, dtype="int32")
    states = np.zeros((len(token_ids), *task.backbone.state_shape), "float32")
    logits = task.signatures()["step"].function(token_ids, states)["logits"]
    probabilities = np.asarray(keras.ops.softmax(logits))
    assert (probabilities[~transition_mask(4 + KEYS)] == 0).all()


def test_the_score_of_a_descending_frame_is_as_good_as_impossible(task):
    score = task.signatures()["score"].function
    tokens = np.array([[6, 5, MARK], [5, 6, MARK]], "int32")
    descending, ascending = np.asarray(score(token_ids=tokens)["log_probability"])
    assert np.exp(descending) == 0 < np.exp(ascending)


@pytest.mark.parametrize("temperature", [0.0, 1.0, 10.0])
def test_the_signature_writes_ascending_keys_only(task, temperature):
    written = task.signatures()["generate"].function(
        token_ids=np.tile([[4, MARK, 6]], (8, 1)).astype("int32"),
        length=np.int32(60),
        temperature=np.float32(temperature),
        seed=np.int32(3),
    )["token_ids"]
    assert all(ascends(row) for row in np.asarray(written))


@pytest.mark.representative("greedy", "beam")
@pytest.mark.parametrize("sampler", ["greedy", "top_k", "random", "beam"])
def test_samplers_write_ascending_keys_and_keep_the_prompt(task, sampler):
    task.compile(sampler=sampler)
    (prompt,) = random_rolls([3], KEYS)
    inputs = task.preprocessor.generate_preprocess([prompt], sequence_length=50)
    written = np.asarray(task.generate_step(inputs, [END])["token_ids"])[0]
    assert ascends(written)
    roll = task.generate(prompt, max_length=50)
    np.testing.assert_array_equal(roll[:3], prompt)
    assert roll.dtype == "uint8"
    assert roll.shape[1] == KEYS


def test_without_stop_tokens_it_never_ends(task):
    task.compile(sampler=keras_nlp.samplers.RandomSampler(seed=1))
    prompt = task.preprocessor.generate_preprocess([b""], sequence_length=200)
    written = np.asarray(task.generate_step(prompt)["token_ids"])
    assert not np.isin(written[:, 1:], [0, START, END]).any()


def test_one_roll_gives_one_and_several_give_several(task):
    task.compile(sampler="greedy")
    rolls = random_rolls([2, 3], KEYS)
    one = task.generate(rolls[0], max_length=40)
    several = task.generate(rolls, max_length=40)
    assert len(several) == 2
    np.testing.assert_array_equal(several[0][: len(one)], one[: len(several[0])])
    assert task.generate(None, max_length=40).shape[1] == KEYS


def test_a_prompt_that_leaves_no_room_is_refused(task):
    with pytest.raises(ValueError, match="leaves no room below max_length=10"):
        task.generate(np.ones((3, KEYS), bool), max_length=10)
