import pytest

from seqzoo.zoo.music.cadence import ends_on_tonic, tonic_of
from seqzoo.zoo.music.score import Key, PianoNote

C_MAJOR, A_MINOR, E_FLAT = Key(0, False), Key(0, True), Key(-3, False)


def chord(*pitches, onset=0, end=4):
    return [PianoNote(onset, pitch, end, 64) for pitch in pitches]


@pytest.mark.parametrize(
    ("notes", "key", "expected"),
    [
        (chord(48, 60, 64, 67), C_MAJOR, True),
        (chord(48, 60, 64), C_MAJOR, True),
        (chord(60), C_MAJOR, True),
        (chord(52, 60, 67), C_MAJOR, False),  # first inversion
        (chord(48, 64, 67, 70), C_MAJOR, False),  # a dominant seventh
        (chord(48, 63, 67), C_MAJOR, False),  # minor
        (chord(43, 59, 62), C_MAJOR, False),  # the dominant
        (chord(45, 60, 64), A_MINOR, True),
        (chord(45, 61, 64), A_MINOR, True),  # a Picardy third
        (chord(45, 60, 61), A_MINOR, False),  # both thirds
        (chord(51, 55, 58), E_FLAT, True),
        # The bass is held from before; the dominant before it has ended.
        (chord(48, end=8) + chord(67, 71) + chord(64, 72, onset=4, end=8), C_MAJOR, True),
        (chord(43, 71, end=8) + chord(60, 64, onset=4, end=8), C_MAJOR, False),
    ],
)
def test_the_last_sonority(notes, key, expected):
    assert ends_on_tonic(notes, key) is expected


def test_tonics():
    keys = (C_MAJOR, A_MINOR, E_FLAT, Key(3, True), Key(6, False))
    assert [tonic_of(key) for key in keys] == [0, 9, 3, 6, 6]
