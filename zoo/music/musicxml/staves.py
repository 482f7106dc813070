"""Distribution of piano notes to staves and non-overlapping voices, bar by bar."""

import bisect
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seqzoo.zoo.music.hands import two_hands
from seqzoo.zoo.music.score import Bar, PianoNote


class Head(NamedTuple):
    """A note head, and whether it is tied to the previous and to the next bar."""

    pitch: int
    tied_from: bool = False
    tied_to: bool = False


class Event(NamedTuple):
    """A note, a chord, or (without heads) a rest; times are from the bar line.

    A rest is hidden if another voice of the staff sounds at that time.
    """

    start: int
    end: int
    heads: tuple[Head, ...] = ()
    is_hidden: bool = False


Voice = list[Event]


def two_staves(
    notes: Sequence[PianoNote], bars: Sequence[Bar]
) -> tuple[list[list[Voice]], list[list[Voice]]]:
    """Returns the voices of the upper and lower staff, which hold the right and left hand.

    Args:
        notes: The notes, in the time units of the bars.
        bars: The bars; the last one ends no earlier than the last note.

    Returns:
        For each staff, the voices of every bar from high to low. Each voice fills the bar, and
        there is at least one.
    """
    right, left = two_hands(notes)
    return one_staff(right, bars), one_staff(left, bars)


def one_staff(notes: Iterable[PianoNote], bars: Sequence[Bar]) -> list[list[Voice]]:
    """Returns the voices of every bar of one staff; see `two_staves`."""
    starts = [bar.start for bar in bars]
    chords: list[dict[tuple[int, int], list[Head]]] = [{} for _ in bars]
    for note in notes:
        for i in range(bisect.bisect_right(starts, note.onset) - 1, len(bars)):
            start, end = bars[i][:2]
            if start >= note.end:
                break
            span = max(note.onset, start) - start, min(note.end, end) - start
            head = Head(note.pitch, note.onset < start, note.end > end)
            chords[i].setdefault(span, []).append(head)
    return [_voices(found, bar.end - bar.start) for found, bar in zip(chords, bars, strict=True)]


def _voices(chords: dict[tuple[int, int], list[Head]], length: int) -> list[Voice]:
    events = [Event(*span, tuple(sorted(heads))) for span, heads in chords.items()]
    voices: list[Voice] = []
    for event in sorted(events, key=lambda event: (event.start, -event.heads[-1].pitch)):
        free = next((voice for voice in voices if voice[-1].end <= event.start), None)
        if free is None:
            voices.append([event])
        else:
            free.append(event)
    if not voices:
        return [[Event(0, length)]]
    voices.sort(key=_mean_pitch, reverse=True)
    silences = _silences(events, length)
    first = _filled(voices[0], length, silences)
    return [first, *(_filled(voice, length, []) for voice in voices[1:])]


def _mean_pitch(voice: Voice) -> float:
    pitches = [head.pitch for event in voice for head in event.heads]
    return sum(pitches) / len(pitches)


def _silences(events: Iterable[Event], length: int) -> list[tuple[int, int]]:
    """Returns the spans in which no voice of a staff sounds."""
    found, until = [], 0
    for event in sorted(events):
        if event.start > until:
            found.append((until, event.start))
        until = max(until, event.end)
    return [*found, (until, length)] if until < length else found


def _filled(voice: Voice, length: int, silences: Iterable[tuple[int, int]]) -> Voice:
    """Fills a voice with rests; only rests within silences of the staff are visible."""
    found, until = [], 0
    for event in [*voice, Event(length, length)]:
        for start, end in silences:
            if until <= start and end <= event.start:
                found += [Event(until, start, is_hidden=True), Event(start, end)]
                until = end
        found += [Event(until, event.start, is_hidden=True), event]
        until = event.end
    return [event for event in found if event.start < event.end]
