import itertools
import random

import pytest

from seqzoo.zoo.music.hands import two_hands
from seqzoo.zoo.music.score import PianoNote

QUARTER = 480
TENTH = 16


def notes_of(*notes):
    """Notes (onset, pitch, duration), times in quarter notes."""
    return [PianoNote(o * QUARTER, p, (o + d) * QUARTER, 80) for o, p, d in notes]


def pitches(*notes):
    right, left = two_hands(notes_of(*notes))
    return [note.pitch for note in right], [note.pitch for note in left]


@pytest.mark.parametrize(
    ("chord", "right", "left"),
    [
        ([72, 76, 79], [72, 76, 79], []),
        ([36, 43, 48], [], [36, 43, 48]),
        # All below or above middle C, but no hand reaches them.
        ([26, 38, 46, 50, 55], [46, 50, 55], [26, 38]),
        ([64, 71, 79, 84, 88], [79, 84, 88], [64, 71]),
        ([31, 43, 50, 55, 59], [50, 55, 59], [31, 43]),
    ],
)
def test_a_chord(chord, right, left):
    assert pitches(*((0, pitch, 1) for pitch in chord)) == (right, left)


def test_a_scale_through_middle_c_stays_in_a_hand():
    scale = [67, 65, 64, 62, 60, 59, 57, 55, 57, 59, 60, 62]
    bass = [(i, 36, 1) for i in range(12)]
    right, left = pitches(*((i, pitch, 1) for i, pitch in enumerate(scale)), *bass)
    assert right == scale
    assert left == [36] * 12


def test_a_hand_holds_what_it_began():
    # The bass sounds on: what lies more than a tenth above it is for the other hand.
    right, left = pitches((0, 36, 4), (1, 55, 1), (2, 57, 1), (3, 59, 1))
    assert (right, left) == ([55, 57, 59], [36])


def test_a_leap_of_the_left_hand():
    waltz = [(bar + beat, p, 1) for bar in (0, 3, 6) for beat, p in ((0, 36), (1, 52), (1, 55))]
    tune = [(bar, pitch, 3) for bar, pitch in ((0, 76), (3, 72), (6, 74))]
    right, left = pitches(*waltz, *tune)
    assert right == [76, 72, 74]
    assert left == [36, 52, 55] * 3


@pytest.mark.parametrize("seed", range(10))
def test_hands_do_not_cross_and_reach_a_tenth(seed):
    rng = random.Random(seed)
    notes = []
    for onset in range(40):
        low, high = rng.randint(30, 44), rng.randint(60, 76)
        chord = {low, high}
        chord |= {bottom + step for bottom in (low, high) for step in rng.sample(range(13), 2)}
        notes += [(onset, pitch, 1) for pitch in chord]
    right, left = two_hands(notes_of(*notes))
    assert sorted(right + left) == sorted(notes_of(*notes))
    for hand in (right, left):
        for _, chord in itertools.groupby(hand, lambda note: note.onset):
            played = [note.pitch for note in chord]
            assert max(played) - min(played) <= TENTH
    lowest = {note.onset: note.pitch for note in reversed(right)}
    assert all(note.pitch < lowest.get(note.onset, 128) for note in left)


def test_no_notes():
    assert two_hands([]) == ([], [])
