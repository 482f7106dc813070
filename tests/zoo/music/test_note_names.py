import pytest

from seqzoo.zoo.music.note_names import NoteNameError, parsed_notes
from tests.zoo.music.scores import QUARTER


def read(text):
    return [(n.onset / QUARTER, n.pitch, (n.end - n.onset) / QUARTER) for n in parsed_notes(text)]


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("G4 A4 B4", [(0, 67, 1), (1, 69, 1), (2, 71, 1)]),
        ("f#3:0.5 Bb3 C4:2", [(0, 54, 0.5), (0.5, 58, 0.5), (1, 60, 2)]),
        (
            "C4:1/3 D4 E4 F4:1.5",
            [(0, 60, 1 / 3), (1 / 3, 62, 1 / 3), (2 / 3, 64, 1 / 3), (1, 65, 1.5)],
        ),
        ("C4 r:2 D4:1", [(0, 60, 1), (3, 62, 1)]),
        ("C3+E3+G3:2 B4", [(0, 48, 2), (0, 52, 2), (0, 55, 2), (2, 71, 2)]),
        # Portuguese names, and the closest octave.
        ("sol la si dó", [(0, 67, 1), (1, 69, 1), (2, 71, 1), (3, 72, 1)]),
        (
            "do si lab fá# ré2 mi",
            [(0, 60, 1), (1, 59, 1), (2, 56, 1), (3, 54, 1), (4, 38, 1), (5, 40, 1)],
        ),
        ("Cb4 B#3 bb B", [(0, 59, 1), (1, 60, 1), (2, 58, 1), (3, 59, 1)]),
        ("A0 C8", [(0, 21, 1), (1, 108, 1)]),
    ],
)
def test_notes_are_read(text, notes):
    assert read(text) == [tuple(map(pytest.approx, note)) for note in notes]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("G4 H4", ["Note 2", "'H4'", "G4:1/2"]),
        ("G4 | A4", ["Note 2", "'|'"]),
        ("C4 C9", ["Note 2", "'C9'", "A0 to C8"]),
        ("C4+", ["Note 1", "'C4+'"]),
        ("C#b4", ["'C#b4'"]),
        ("C4:0", ["Note 1", "'C4:0'", "1/12 to 64"]),
        ("C4 D4:1/0", ["Note 2", "'D4:1/0'", "1/12 to 64"]),
        ("C4:1e9999999", ["'C4:1e9999999'", "1/12 to 64"]),
        ("C4:65", ["'C4:65'"]),
        ("C4:", ["'C4:'"]),
        ("r r", ["no note"]),
        ("", ["no note"]),
    ],
)
def test_a_wrong_note_is_named(text, words):
    with pytest.raises(NoteNameError) as raised:
        parsed_notes(text)
    assert [word for word in words if word not in str(raised.value)] == []
