"""Rounding of prompts to what events can represent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import symusic

from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import HIGHEST, LOWEST, PianoNote, bars, song_parts

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer


_TOLERANCE = 2
"""Ticks of 480 per quarter note; a position of the events has ten or more."""


class Rounding(NamedTuple):
    """The notes of a score that events change.

    Attributes:
        notes: Their number.
        first_bar: The bar in which the first of them begins, counted from 1.
    """

    notes: int
    first_bar: int

    def sentence(self) -> str:
        """Returns a sentence that says what is rounded, and where."""
        which = "1 note" if self.notes == 1 else f"{self.notes} notes"
        where = "" if self.notes == 1 else "the first "
        return (
            f"{which} of the prompt cannot be represented in twelfths of a beat up to twelve beats "
            f"and {'is' if self.notes == 1 else 'are'} rounded, {where}in bar {self.first_bar}."
        )


def rounding(tokenizer: NoteTokenizer, score: symusic.Score) -> Rounding | None:
    """Finds the notes of a score that change when it is written as events and read back.

    Thirty-seconds in 4/4 and quintuplets change, for example, and notes longer than twelve beats.

    Args:
        tokenizer: The tokenizer.
        score: The score.

    Returns:
        The changed notes; `None` if there is none.
    """
    given = from_midi(to_midi(score))
    read = tokenizer.detokenize([int(token_id) for token_id in tokenizer(to_midi(given))])
    changed = [
        note.onset
        for before, after in zip(song_parts(given), song_parts(read), strict=True)
        for note in _missing(before, after)
    ]
    if not changed:
        return None
    number = sum(bar.start <= min(changed) for bar in bars(given))
    return Rounding(len(changed), number)


def _missing(before: Sequence[PianoNote], after: Sequence[PianoNote]) -> Iterator[PianoNote]:
    """Yields the notes without an equal one, apart from a tick or two, of which files differ.

    Notes beyond the keys of a piano are left out of the events, not rounded.
    """
    by_pitch: dict[int, list[PianoNote]] = {}
    for note in after:
        by_pitch.setdefault(note.pitch, []).append(note)
    for note in before:
        if LOWEST <= note.pitch <= HIGHEST and not any(
            abs(note.onset - other.onset) <= _TOLERANCE and abs(note.end - other.end) <= _TOLERANCE
            for other in by_pitch.get(note.pitch, ())
        ):
            yield note
