"""The clefs of a staff, bar by bar."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

# The pitches of each clef that need no more than one ledger line.
_RANGES = {"treble": (60, 81), "bass": (40, 60)}
# A ledger line stands for about so many semitones.
_SEMITONES_PER_LINE = 3.5
# A change of clef is as bad as so many ledger lines.
_CHANGE = 6.0


class _Path(NamedTuple):
    """The clefs so far: the last one, and the path before it."""

    cost: float
    clef: str
    before: "_Path | None" = None


def clefs(bars: Iterable[Sequence[int]], usual: str) -> list[str]:
    """The clefs with the fewest ledger lines and changes.

    Args:
        bars: The pitches in every bar.
        usual: The clef that the staff has if nothing speaks against it: `"treble"` or `"bass"`.

    Returns:
        For every bar `"treble"` or `"bass"`.
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
