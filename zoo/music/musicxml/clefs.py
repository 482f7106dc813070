"""Choice of the clefs of a staff, bar by bar."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

# The pitch range of each clef that needs at most one ledger line.
_RANGES = {"treble": (60, 81), "bass": (40, 60)}
# Approximate number of semitones per ledger line.
_SEMITONES_PER_LINE = 3.5
# Cost of a clef change, in ledger lines.
_CHANGE = 6.0


class _Path(NamedTuple):
    """A path of the dynamic programme: the last clef, and the path before it."""

    cost: float
    clef: str
    before: "_Path | None" = None


def clefs(bars: Iterable[Sequence[int]], usual: str) -> list[str]:
    """Returns the clefs with the lowest cost of ledger lines and clef changes.

    Args:
        bars: The pitches in every bar.
        usual: The default clef of the staff: `"treble"` or `"bass"`.

    Returns:
        `"treble"` or `"bass"` for every bar.
    """
    paths = {usual: _Path(0.0, usual)}
    for pitches in bars:
        paths = {
            clef: min(
                (_continued(path, clef, pitches) for path in paths.values()),
                key=lambda path: path.cost,
            )
            for clef in _RANGES
        }
    found = []
    path = min(paths.values(), key=lambda path: path.cost)
    while path.before is not None:
        found.append(path.clef)
        path = path.before
    return found[::-1]


def _continued(path: "_Path", clef: str, pitches: Sequence[int]) -> "_Path":
    return _Path(
        path.cost + (clef != path.clef) * _CHANGE + _ledger_lines(pitches, clef), clef, path
    )


def _ledger_lines(pitches: Sequence[int], clef: str) -> float:
    lowest, highest = _RANGES[clef]
    beyond = (max(lowest - pitch, pitch - highest, 0) for pitch in pitches)
    return sum(beyond) / _SEMITONES_PER_LINE
