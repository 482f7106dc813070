import pytest

from seqzoo.zoo.music.key_and_spelling import Key, estimated_key, spell
from seqzoo.zoo.music.score import PianoNote


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (Key(0, is_minor=False), "C C# D Eb E F F# G G# A Bb B"),
        (Key(0, is_minor=True), "C C# D D# E F F# G G# A Bb B"),
        (Key(-2, is_minor=True), "C C# D Eb E F F# G Ab A Bb B"),
        (Key(-4, is_minor=False), "C Db D Eb E F Gb G Ab A Bb Cb"),
        (Key(4, is_minor=False), "B# C# D D# E E# F# G G# A A# B"),
        (Key(-6, is_minor=False), "C Db D Eb Fb F Gb G Ab Bbb Bb Cb"),
    ],
)
def test_spelling_fits_the_key(key, names):
    spelled = [spell(pitch, key) for pitch in range(60, 72)]
    assert [step + "b" * -alter + "#" * alter for step, alter, _ in spelled] == names.split()


def test_octaves():
    flat, sharp = Key(-7, is_minor=False), Key(7, is_minor=False)
    assert spell(59, flat) == ("C", -1, 4)
    assert spell(60, sharp) == ("B", 1, 3)
    assert spell(21, Key(0, is_minor=False)) == ("A", 0, 0)
    assert spell(108, Key(0, is_minor=False)) == ("C", 0, 8)


@pytest.mark.parametrize(
    ("tonic", "scale", "key"),
    [
        (60, (0, 2, 4, 5, 7, 9, 11), Key(0, is_minor=False)),
        (63, (0, 2, 4, 5, 7, 9, 11), Key(-3, is_minor=False)),
        (57, (0, 2, 3, 5, 7, 8, 11), Key(0, is_minor=True)),
        (54, (0, 2, 3, 5, 7, 8, 11), Key(3, is_minor=True)),
    ],
)
def test_estimated_key(tonic, scale, key):
    degrees = (*scale, 0, scale[2], 7, 12, 7, 0)
    notes = [PianoNote(i, tonic + degree, i + 1, 80) for i, degree in enumerate(degrees)]
    assert estimated_key(notes) == key


def test_no_notes_have_no_key():
    assert estimated_key([]) == Key(0, is_minor=False)
