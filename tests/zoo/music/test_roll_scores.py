import numpy as np
import pytest

from seqzoo.zoo.music.roll_scores import roll_score, score_roll
from seqzoo.zoo.music.score import piano_notes
from tests.zoo.music.scores import piano


def test_a_key_that_goes_on_is_one_note():
    roll = np.zeros((5, 88), "uint8")
    roll[1:4, 39] = 1
    roll[[0, 4], 0] = 1
    notes = [note[:3] for note in piano_notes(roll_score(roll, quarters=0.5))]
    assert notes == [(0, 21, 240), (240, 60, 960), (960, 21, 1200)]


@pytest.mark.parametrize("quarters", [0.25, 1 / 3, 1.0, 1.5])
def test_the_roll_of_a_score_of_a_roll(quarters):
    roll = (np.random.default_rng(4).random((23, 88)) < 0.1).astype("uint8")
    roll[-1, 5] = 1
    np.testing.assert_array_equal(score_roll(roll_score(roll, quarters), quarters), roll)


def test_a_frame_holds_what_sounds_when_it_begins():
    # Onset, pitch and length in quarter notes; the second note sounds between two frames only.
    roll = score_roll(piano((0, 60, 2), (0.25, 64, 0.5), (1, 67, 1)))
    assert [np.flatnonzero(frame).tolist() for frame in roll] == [[39], [39, 46]]


def test_nothing_sounds():
    assert score_roll(roll_score(np.zeros((4, 88), "uint8"))).shape == (0, 88)
