import pytest

from seqzoo.zoo.note_generator import NoteTokenizer
from seqzoo.zoo.note_generator.events.rounding import Rounding, rounding
from tests.zoo.music.scores import piano


@pytest.mark.parametrize(
    ("notes", "time_signature", "expected"),
    [
        # Sixteenths, triplets and sextuplets.
        ([(0, 60, 0.25), (0.25, 62, 1 / 3), (1, 64, 1 / 6), (7 / 6, 60, 11)], (4, 4), None),
        # A tick too early, as some files write triplets.
        ([(0, 60, 159 / 480), (159 / 480, 62, 161 / 480)], (4, 4), None),
        # Thirty-seconds in quarters.
        ([(0, 60, 1), (4.125, 62, 0.125), (4.25, 60, 0.125)], (4, 4), Rounding(2, 2)),
        # Thirty-seconds in eighths, where a beat is half as long.
        ([(0, 60, 1), (6.125, 62, 0.125), (6.25, 60, 0.125)], (12, 8), None),
        # Quintuplets.
        ([(2 + i / 5, 60 + i, 1 / 5) for i in range(5)], (2, 4), Rounding(5, 2)),
        # Longer than any event.
        ([(0, 60, 1), (13, 64, 14)], (4, 4), Rounding(1, 4)),
    ],
)
def test_notes_that_events_change_are_counted(notes, time_signature, expected):
    score = piano(*notes, time_signature=time_signature)
    assert rounding(NoteTokenizer(), score) == expected


def test_the_sentence_says_how_many_and_where():
    assert Rounding(1, 3).sentence() == (
        "1 note of the prompt cannot be represented in twelfths of a beat up to twelve beats and "
        "is rounded, in bar 3."
    )
    assert Rounding(12, 1).sentence().startswith("12 notes of the prompt cannot")
    assert Rounding(12, 1).sentence().endswith("are rounded, the first in bar 1.")
