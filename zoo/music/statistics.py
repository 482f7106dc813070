"""Statistics of pieces that tell full from dull ones."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import symusic

from seqzoo.zoo.music.hands import two_hands
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    Bar,
    PianoNote,
    bars,
    piano_notes,
    song_parts,
)


class PieceStatistics(NamedTuple):
    """Statistics of a piece.

    Attributes:
        notes_per_quarter: Notes per quarter note, up to the end of the last bar.
        semitones: From the lowest to the highest note.
        repeated_notes: The mean share of notes that a bar has in common with the bar before: equal
            pitches at equal places, among all of both bars.
        tone_entropy: The entropy of pitch classes by their sounding time, in bits: 2.8 if the seven
            tones of a scale sound equally long.
        empty_hands: The share of bars of a hand, right or left, in which it plays no note.
    """

    notes_per_quarter: float
    semitones: float
    repeated_notes: float
    tone_entropy: float
    empty_hands: float


def piece_statistics(score: symusic.Score) -> PieceStatistics:
    """Computes the statistics of a piano reduction with at least one note."""
    notes, found = piano_notes(score), bars(score)
    pitches = [note.pitch for note in notes]
    return PieceStatistics(
        notes_per_quarter=len(notes) * TICKS_PER_QUARTER / found[-1].end,
        semitones=max(pitches) - min(pitches),
        repeated_notes=_share_of_repeated_notes(notes, found),
        tone_entropy=_tone_entropy(notes),
        empty_hands=_share_of_empty_hands(song_parts(score).piano, found),
    )


def _share_of_repeated_notes(notes: Sequence[PianoNote], found: Sequence[Bar]) -> float:
    contents = [
        {
            (note.onset - bar.start, note.pitch)
            for note in notes
            if bar.start <= note.onset < bar.end
        }
        for bar in found
    ]
    shares = [
        len(before & bar) / len(before | bar)
        for before, bar in itertools.pairwise(contents)
        if before | bar
    ]
    return sum(shares) / len(shares) if shares else 0.0


def _tone_entropy(notes: Sequence[PianoNote]) -> float:
    ticks = [0] * 12
    for note in notes:
        ticks[note.pitch % 12] += note.end - note.onset
    shares = [each / sum(ticks) for each in ticks if each]
    return -sum(share * math.log2(share) for share in shares)


def _share_of_empty_hands(piano: Sequence[PianoNote], found: Sequence[Bar]) -> float:
    full = {
        (number, hand)
        for hand, notes in enumerate(two_hands(piano))
        for number, bar in enumerate(found)
        if any(note.onset < bar.end and note.end > bar.start for note in notes)
    }
    return 1 - len(full) / (2 * len(found))
