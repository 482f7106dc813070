"""Key estimation and pitch spelling."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from seqzoo.zoo.music.score import Key, PianoNote

if TYPE_CHECKING:
    from music21.common.types import StepName

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# Fifths above C (below it, if negative) of the natural tones.
_STEPS_BY_FIFTHS: Sequence[StepName] = ("F", "C", "G", "D", "A", "E", "B")


def estimated_key(notes: Iterable[PianoNote], fifths: int | None = None) -> Key:
    """Estimates the key of a piece from the total duration of each pitch class.

    Uses music21's implementation of Temperley's key profiles.

    Args:
        notes: The notes of the piece.
        fifths: The sharps of the key signature, or its flats as a negative number; only the mode is
            estimated then. Defaults to an unknown key signature.
    """
    from music21 import note, stream

    lengths: dict[int, int] = {}
    for sounding in notes:
        tone = sounding.pitch % 12
        lengths[tone] = lengths.get(tone, 0) + sounding.end - sounding.onset
    if not lengths:
        return Key(fifths or 0, is_minor=False)
    tones: stream.Stream = stream.Stream()
    tones.append([note.Note(tone, quarterLength=length) for tone, length in lengths.items()])
    found = tones.analyze("key.temperley")
    # All 24 keys, most likely first.
    keys = [found, *found.alternateInterpretations]
    if fifths is not None:
        return Key(fifths, next(k.mode for k in keys if (k.sharps - fifths) % 12 == 0) == "minor")
    return Key(found.sharps, found.mode == "minor")


def spell(pitch: int, key: Key) -> tuple[StepName, int, int]:
    """Spells a pitch in a key.

    Uses the twelve note names closest to the key on the line of fifths: in C major from E flat to
    G sharp, in A minor from B flat to D sharp.

    Args:
        pitch: MIDI number; 60 is middle C, C4.
        key: The key.

    Returns:
        The note name, the alteration in semitones, and the octave.

    >>> spell(61, Key(2, False)), spell(61, Key(-4, False)), spell(59, Key(-7, False))
    (('C', 1, 4), ('D', -1, 4), ('C', -1, 4))
    """
    lowest = key.fifths - (2 if key.is_minor else 3)
    # Seven semitones make a fifth, and seven fifths a semitone (and four octaves).
    place = lowest + (7 * pitch - lowest) % 12
    alter, step = divmod(place + 1, 7)
    name = _STEPS_BY_FIFTHS[step]
    return name, alter, (pitch - alter - _SEMITONES[name]) // 12 - 1
