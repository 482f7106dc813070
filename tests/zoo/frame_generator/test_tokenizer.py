import hypothesis
import hypothesis.extra.numpy as hypothesis_numpy
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from seqzoo.zoo import FrameTokenizer
from seqzoo.zoo.music.frames import RollError, roll_bytes, roll_from_bytes

TOKENIZER = FrameTokenizer(keys=5)


@hypothesis.settings(deadline=None, max_examples=50)
@hypothesis.given(
    hypothesis_numpy.arrays(
        "uint8",
        strategies.tuples(strategies.integers(0, 6), strategies.just(5)),
        elements=strategies.integers(0, 1),
    )
)
def test_rolls_survive(roll):
    token_ids = TOKENIZER(roll_bytes(roll, 5)).numpy()
    np.testing.assert_array_equal(TOKENIZER.detokenize(token_ids), roll)
    assert len(token_ids) == roll.sum() + len(roll)


def test_a_frame_is_its_keys_from_the_lowest_and_a_mark():
    roll = np.array([[0, 1, 0, 0, 1], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0]])
    assert TOKENIZER(roll_bytes(roll, 5)).numpy().tolist() == [5, 8, 3, 3, 4, 3]


def test_a_batch_comes_ragged():
    rolls = [np.eye(5, dtype=bool)[:n] for n in (2, 0, 1)]
    batch = TOKENIZER(tf.constant([roll_bytes(roll, 5) for roll in rolls]))
    assert [list(ids) for ids in batch] == [[4, 3, 5, 3], [], [4, 3]]


def test_a_last_frame_without_its_mark_is_left_out():
    np.testing.assert_array_equal(TOKENIZER.detokenize([4, 3, 5]), [[1, 0, 0, 0, 0]])
    assert TOKENIZER.detokenize([]).shape == (0, 5)
    assert [len(roll) for roll in TOKENIZER.detokenize([[4, 3, 3], [5]])] == [2, 0]


def test_the_first_key_of_a_piano_is_midi_pitch_21():
    piano = FrameTokenizer()
    assert piano.vocabulary_size() == 92
    assert piano.id_to_token(4) == "Pitch_21"
    assert piano.token_to_id("Pitch_108") == 91


def test_a_vocabulary_of_another_range_is_refused(tmp_path):
    TOKENIZER.save_assets(tmp_path)
    TOKENIZER.load_assets(tmp_path)
    with pytest.raises(ValueError, match=r"vocabulary\.txt"):
        FrameTokenizer(keys=4).load_assets(tmp_path)


def test_bytes_are_read_back():
    roll = np.array([[True, False, True], [False, False, True]])
    np.testing.assert_array_equal(roll_from_bytes(roll_bytes(roll, 3), 3), roll)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((2, 4)), r"\(frames, 5\).*an array \(2, 4\)"),
        (np.zeros(5), r"an array \(5,\)"),
        ([[0, 1], [0]], "Received"),
        (np.full((1, 5), 0.5), "other numbers"),
        (np.full((1, 5), np.nan), "other numbers"),
        ("roll", "'roll'"),
        (bytes(7), "7 bytes"),
        (None, "None"),
    ],
)
def test_what_is_no_roll_is_refused(wrong, message):
    with pytest.raises(RollError, match=message):
        roll_bytes(wrong, 5)
