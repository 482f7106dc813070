"""Rounding of prompts to what events can represent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import symusic

from seqzoo.zoo.music.reader import from_midi, to_midi
from seqzoo.zoo.music.score import bars, song_parts

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.tokenizer import NoteTokenizer


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
        note
        for before, after in zip(song_parts(given), song_parts(read), strict=True)
        for note in {note[:3] for note in before} - {note[:3] for note in after}
    ]
    if not changed:
        return None
    first = min(changed)[0]
    number = sum(bar.start <= first for bar in bars(given))
    return Rounding(len(changed), number)
