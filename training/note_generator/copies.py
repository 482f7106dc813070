"""Memorization: the longest runs of notes that a piece copies, in any key."""

import bisect
import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqzoo.training.data.music.pieces import Piece
from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.score import piano_notes


class SharedRun(NamedTuple):
    """The longest run of notes that a piece shares with known ones.

    Attributes:
        notes: The number of notes; at least 1 if both have notes.
        piece: The name of a known piece that contains it; `None` if there is no run of two notes.
    """

    notes: int
    piece: str | None


def longest_shared_runs(pieces: Sequence[Piece], known: Sequence[Piece]) -> list[SharedRun]:
    """Finds the longest run of notes that each piece shares with any known piece.

    A run is a sequence of consecutive notes of all voices, sorted by onset and pitch. Two runs are
    equal if their steps from note to note are: the intervals of pitch and of onset. Transposition
    and the durations of notes do not matter.

    Steps are numbered, then pairs of steps, then fours, eights, ...: two windows of any length are
    equal if two numbers are (Karp, Miller & Rosenberg 1972). Binary search finds the length.

    Args:
        pieces: The pieces, each with at least one note.
        known: The pieces that they are compared with.
    """
    steps = [_steps(piece) for piece in (*known, *pieces)]
    starts = list(itertools.accumulate((len(each) + 1 for each in steps), initial=0))
    numbers = _Windows(steps)
    runs = []
    for index in range(len(known), len(steps)):
        own = slice(starts[index], starts[index] + len(steps[index]))
        length, place = _longest(numbers, own, starts[len(known)])
        piece = known[bisect.bisect_right(starts, place) - 1].name if length else None
        runs.append(SharedRun(length + 1, piece))
    return runs


def _steps(piece: Piece) -> np.ndarray:
    """Returns the steps from every note to the next, ticks and semitones: `(notes - 1, 2)`."""
    notes = [(note.onset, note.pitch) for note in piano_notes(from_midi(piece.midi))]
    return np.diff(np.array(notes, "int64").reshape(-1, 2), axis=0)


class _Windows:
    """Numbers for windows of any length over sequences of steps: equal for equal windows.

    Every sequence is followed by a unique step, so a window that crosses the end of a sequence
    equals no other.
    """

    def __init__(self, sequences: Sequence[np.ndarray]):
        _, numbers = np.unique(np.concatenate(sequences), axis=0, return_inverse=True)
        after = len(numbers) + np.arange(len(sequences))
        ends = np.cumsum([len(each) for each in sequences])
        self._size = len(numbers) + len(sequences)
        # The numbers of windows of 1, 2, 4, 8, ... steps.
        self._levels = [np.insert(numbers.reshape(-1), ends, after)]

    def of_length(self, length: int) -> np.ndarray:
        """Returns the numbers of the windows of a length, one for each start."""
        level = length.bit_length() - 1
        while len(self._levels) <= level:
            half = 2 ** (len(self._levels) - 1)
            pairs = self._pairs(self._levels[-1], half)
            self._levels.append(np.unique(pairs, return_inverse=True)[1])
        return self._pairs(self._levels[level], length - 2**level)

    def _pairs(self, numbers, distance):
        """Combines the numbers of two overlapping or adjacent windows of one length into one."""
        return numbers[: len(numbers) - distance] * self._size + numbers[distance:]


def _longest(windows: _Windows, own: slice, known_end: int) -> tuple[int, int]:
    """Returns the length of the longest known window of a sequence, and its known position."""
    shared, too_long, place = 0, own.stop - own.start + 1, 0
    while too_long - shared > 1:
        length = (shared + too_long) // 2
        numbers = windows.of_length(length)
        known = numbers[:known_end]
        found = np.isin(known, numbers[own.start : own.stop - length + 1])
        if found.any():
            shared, place = length, int(np.argmax(found))
        else:
            too_long = length
    return shared, place
