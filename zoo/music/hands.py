"""Assignment of piano notes to hands."""

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seqzoo.zoo.music.score import PianoNote

MIDDLE_C = 60
# Initial positions of the hands, as MIDI pitches.
_LEFT_HOME, _RIGHT_HOME = 45.0, 69.0
# Costs, relative to moving a hand by a semitone, which costs 1. They were tuned on Lieder by
# Schubert, where 95 % of the notes are assigned to their printed staff (81 % by a split at middle
# C). On 98 Lieder by other composers it is 91 % (85 %). See benchmarks/hands.py.
_BEYOND_OCTAVE = 5.0  # per semitone that a hand stretches beyond an octave
_BEYOND_TENTH = 10.0  # in addition, per semitone beyond a tenth
_CROSSING = 5.0  # per semitone that the left hand reaches above the right one
_BEYOND_MIDDLE_C = 0.25  # per semitone of a note on the other hand's side of middle C
_ROOM = 0.5  # reward per semitone between the hands, up to an octave
# The fraction of a move that shifts the position of a hand, which returns after a leap.
_FOLLOWING = 0.4
_OCTAVE, _TENTH = 12, 16
# Number of assignments that are pursued in parallel.
_WIDTH = 12


class _Hand(NamedTuple):
    """The position of a hand, and the notes that it may still hold."""

    place: float
    held: tuple[PianoNote, ...] = ()


class _Path(NamedTuple):
    """An assignment of the notes so far; `left_count` counts the last chord's notes at left."""

    cost: float
    left: _Hand
    right: _Hand
    left_count: int = 0
    before: "_Path | None" = None


def two_hands(notes: Iterable[PianoNote]) -> tuple[list[PianoNote], list[PianoNote]]:
    """Divides piano notes between the right and the left hand.

    The left hand plays the lower ones of notes that begin together. As far as possible, hands
    stretch no further than a tenth, move little and do not cross: a beam search over dynamic
    programming states finds a cheap assignment.

    Returns:
        The notes of the right hand and those of the left hand, by onset and pitch.
    """
    chords = [list(chord) for _, chord in itertools.groupby(sorted(notes), lambda note: note.onset)]
    paths = [_Path(0.0, _Hand(_LEFT_HOME), _Hand(_RIGHT_HOME))]
    for chord in chords:
        longer = (
            _extended(path, chord, count) for path in paths for count in range(len(chord) + 1)
        )
        paths = _cheapest(longer)
    path: _Path | None = min(paths, key=lambda path: path.cost)
    counts = []
    while path is not None and path.before is not None:
        counts.append(path.left_count)
        path = path.before
    right, left = [], []
    for chord, count in zip(chords, reversed(counts), strict=True):
        left += chord[:count]
        right += chord[count:]
    return right, left


def _cheapest(paths: Iterable[_Path]) -> list[_Path]:
    """Returns the cheapest path for each set of held notes, and of these the `_WIDTH` cheapest."""
    found: dict[tuple[PianoNote, ...], _Path] = {}
    for path in sorted(paths, key=lambda path: path.cost):
        found.setdefault(path.left.held, path)
    return list(found.values())[:_WIDTH]


def _extended(path: _Path, chord: Sequence[PianoNote], count: int) -> _Path:
    """Extends a path by a chord, whose `count` lowest notes the left hand plays."""
    low, high = chord[:count], chord[count:]
    onset = chord[0].onset
    left, right = _moved(path.left, low, onset), _moved(path.right, high, onset)
    cost = path.cost + _effort(path.left, left, low) + _effort(path.right, right, high)
    if left.held and right.held:
        cost += _CROSSING * max(_highest(left) - _lowest(right), 0)
    if low and high:
        cost -= _ROOM * min(high[0].pitch - low[-1].pitch, _OCTAVE)
    beyond = [note.pitch - MIDDLE_C for note in low] + [MIDDLE_C - note.pitch for note in high]
    cost += _BEYOND_MIDDLE_C * sum(max(semitones, 0) for semitones in beyond)
    return _Path(cost, left, right, count, path)


def _moved(hand: _Hand, notes: Sequence[PianoNote], onset: int) -> _Hand:
    """Returns the hand after playing notes at an onset, with the notes that still sound."""
    held = (*(note for note in hand.held if note.end > onset), *notes)
    return _Hand(hand.place + _FOLLOWING * _distance(hand, notes), held)


def _effort(before: _Hand, after: _Hand, notes: Sequence[PianoNote]) -> float:
    """Returns the cost of moving a hand to notes, and of its stretch."""
    if not notes:
        return 0.0
    span = _highest(after) - _lowest(after)
    stretch = _BEYOND_OCTAVE * max(span - _OCTAVE, 0) + _BEYOND_TENTH * max(span - _TENTH, 0)
    return abs(_distance(before, notes)) + stretch


def _distance(hand: _Hand, notes: Sequence[PianoNote]) -> float:
    return (notes[0].pitch + notes[-1].pitch) / 2 - hand.place if notes else 0.0


def _lowest(hand: _Hand) -> int:
    return min(note.pitch for note in hand.held)


def _highest(hand: _Hand) -> int:
    return max(note.pitch for note in hand.held)
