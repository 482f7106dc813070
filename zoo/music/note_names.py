"""Melodies written as note names, such as `G4 A4 B4`."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from seqzoo.core.errors import UsageError
from seqzoo.zoo.music.score import HIGHEST, LOWEST, TICKS_PER_QUARTER, PianoNote

_STEPS = ("c", "d", "e", "f", "g", "a", "b")
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_SYLLABLES = ("do|dó", "re|ré", "mi", "fa|fá", "sol", "la|lá", "si")
_ALTERATIONS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
_NAME = re.compile(
    rf"(?P<step>{'|'.join(_SYLLABLES)}|[a-g])(?P<alterations>[#♯]{{0,2}}|[b♭]{{0,2}})"
    r"(?P<octave>-?\d)?"
)
_REST = "r"
_LENGTH = re.compile(r"\d{1,3}(\.\d{1,6}|/\d{1,3})?")
_FIRST_OCTAVE = 4
_SHORTEST, _LONGEST = Fraction(1, 12), 64
_VELOCITY = 64


class NoteNameError(UsageError, ValueError):
    """Raised for a note that cannot be read; the message names it."""


class _Place(NamedTuple):
    """A note on the staff: steps above the C of octave 0, and its alteration in semitones."""

    steps: int
    alteration: int

    @property
    def pitch(self) -> int:
        """MIDI number."""
        octave, step = divmod(self.steps, 7)
        return 12 * (octave + 1) + _SEMITONES[step] + self.alteration


def parsed_notes(text: str) -> list[PianoNote]:
    """Parses notes that follow each other, separated by spaces.

    A note is a name, `C` to `B` or `do` to `si`, with `#` or `b`, and an octave: `C4` is middle C.
    Without an octave, a note is the closest one to the note before; the first is in octave 4. Notes
    joined by `+` begin together, and `r` is a rest. A length follows a colon, in quarter notes:
    `G4:2`, `G4:0.5` or `G4:1/3`. It counts for the following notes too; the first is 1.

    Returns:
        The notes, in ticks.

    Raises:
        NoteNameError: If a note cannot be read, lies beyond the keys of a piano or is longer than
            64 quarter notes, or if there is no note.

    >>> [note[:3] for note in parsed_notes("sol:1/2 la si:2")]
    [(0, 67, 240), (240, 69, 480), (480, 71, 1440)]
    """
    notes: list[PianoNote] = []
    onset, length = Fraction(0), Fraction(1)
    before: _Place | None = None
    for number, written in enumerate(text.split(), start=1):
        names, colon, given = written.partition(":")
        if colon:
            length = _length(given, written, number)
        end = onset + length
        if names.lower() != _REST:
            for name in names.split("+"):
                before = _place(name, before, written, number)
                ticks = (round(time * TICKS_PER_QUARTER) for time in (onset, end))
                notes.append(PianoNote(next(ticks), before.pitch, next(ticks), _VELOCITY))
        onset = end
    if not notes:
        raise NoteNameError("There is no note: give notes such as 'G4 A4 B4:2'.")
    return notes


def _place(name: str, before: _Place | None, written: str, number: int) -> _Place:
    found = _NAME.fullmatch(name.lower())
    if not found:
        raise NoteNameError(
            f"Note {number}, {written!r}, cannot be read: write notes such as G4, F#4, Bb3, sol or "
            "r for a rest, and a length in quarter notes such as G4:1/2."
        )
    step = _step(found["step"])
    if found["octave"] is None and before is not None:
        # Within three steps of the note before.
        steps = before.steps + (step - before.steps + 3) % 7 - 3
    else:
        steps = 7 * int(found["octave"] or _FIRST_OCTAVE) + step
    place = _Place(steps, sum(_ALTERATIONS[sign] for sign in found["alterations"]))
    if not LOWEST <= place.pitch <= HIGHEST:
        raise NoteNameError(
            f"Note {number}, {written!r}, lies beyond the keys of a piano, A0 to C8."
        )
    return place


def _step(name: str) -> int:
    if name in _STEPS:
        return _STEPS.index(name)
    return next(i for i, syllables in enumerate(_SYLLABLES) if name in syllables.split("|"))


def _length(given: str, written: str, number: int) -> Fraction:
    try:
        length = Fraction(given) if _LENGTH.fullmatch(given) else Fraction(0)
    except ZeroDivisionError:
        length = Fraction(0)
    if not _SHORTEST <= length <= _LONGEST:
        raise NoteNameError(
            f"Note {number}, {written!r}, has no valid length: write quarter notes from 1/12 to "
            f"{_LONGEST}, such as G4:2, G4:0.5 or G4:1/3."
        )
    return length
