"""Alignment of written measures and notes with the bars of the time signature."""

import bisect
import itertools
from collections.abc import Sequence
from typing import NamedTuple

from seqzoo.zoo.music.score import TimeSignature, bar_ticks


class WrittenNote(NamedTuple):
    """A note head in ticks from the bar line; `tie` is "start", "stop", "continue" or `None`."""

    onset: int
    pitch: int
    end: int
    tie: str | None


class WrittenBar(NamedTuple):
    """A measure of all parts: its length in ticks, a new time signature, if any, and its notes.

    The notes of an accompanied voice are kept separately.
    """

    length: int
    signature: tuple[int, int] | None
    notes: Sequence[WrittenNote]
    voice: Sequence[WrittenNote] = ()


def align_to_bars(bars: Sequence[WrittenBar]) -> tuple[list[int], list[TimeSignature]]:
    """Aligns measures with the bars of the time signature.

    A measure that is shorter than its time signature is joined to the next one if both together
    fill a bar, as before and after a repeat sign. Otherwise, it is a pickup that ends at the bar
    line if the piece or a new time signature begins with it, or if it is at most half a bar long.
    Otherwise it is the end of a section, and silence fills the rest of its bar.

    Returns:
        The start of each measure in ticks, and the time signatures.
    """
    starts, time_signatures = [], [TimeSignature(0, 4, 4)]
    written = time_signatures[0][1:]
    bar_start = used = 0
    for i, bar in enumerate(bars):
        full = bar_ticks(*time_signatures[-1][1:])
        written = bar.signature or written
        short = bar.length < bar_ticks(*written)
        if used and not (short and used + bar.length <= full):
            # An overlong measure crosses more than one bar line.
            bar_start, used = bar_start + full * -(-used // full), 0
        if used == 0:
            begins = i == 0 or written != time_signatures[-1][1:]
            if begins:
                time_signatures.append(TimeSignature(bar_start, *written))
                full = bar_ticks(*written)
            following = bars[i + 1].length if i + 1 < len(bars) else 0
            joined = following in (0, full - bar.length)
            if short and not joined and (begins or 2 * bar.length <= full):
                used = full - bar.length
        starts.append(bar_start + used)
        used += bar.length
        if used == full:
            bar_start, used = bar_start + full, 0
    return starts, time_signatures


def moved_notes(bars: Sequence[WrittenBar], starts: Sequence[int]) -> list[WrittenNote]:
    """Returns the notes of all measures in ticks from the start of the piece, with ties merged.

    Args:
        bars: The measures.
        starts: The starts of the measures in ticks; see `align_to_bars`.
    """
    written_starts = list(itertools.accumulate((bar.length for bar in bars), initial=0))[:-1]
    notes = [
        note._replace(onset=start + note.onset, end=start + note.end)
        for start, bar in zip(written_starts, bars, strict=True)
        for note in bar.notes
    ]
    moves = [start - written for start, written in zip(starts, written_starts, strict=True)]
    moved = []
    for note in _tied(notes):
        first = bisect.bisect_right(written_starts, note.onset) - 1
        # A note that ends at a bar line ends before any silence inserted there.
        last = max(first, bisect.bisect_left(written_starts, note.end) - 1)
        moved.append(note._replace(onset=note.onset + moves[first], end=note.end + moves[last]))
    return moved


def _tied(notes: Sequence[WrittenNote]) -> list[WrittenNote]:
    """Merges tied notes across parts and voices, because a tie may change both."""
    merged: list[WrittenNote] = []
    held: dict[tuple[int, int], list[int]] = {}  # indices by pitch and the tick of the tie
    for note in sorted(notes, key=lambda note: note[:3]):
        waiting = held.get((note.pitch, note.onset))
        if note.tie in ("stop", "continue") and waiting:
            index = waiting.pop()
            merged[index] = merged[index]._replace(end=note.end)
        else:
            index = len(merged)
            merged.append(note)
        if note.tie in ("start", "continue"):
            held.setdefault((note.pitch, note.end), []).append(index)
    return merged
