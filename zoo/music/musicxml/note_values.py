"""Conversion of time spans to note values: ties at beats, dots and triplets.

Times are in units of a twelfth of a quarter note, which represent sixteenths (3 units) and triplets
of quarters (8), eighths (4), sixteenths (2) and thirty-seconds (1).

music21's `makeNotation` splits the notes of one voice; here two hands and their voices are split
together.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seqzoo.zoo.music.score import metrical_beats

UNITS_PER_QUARTER = 12

# Note values that need no tie: type and dots by units.
_PLAIN = {
    96: ("breve", 0),
    72: ("whole", 1),
    48: ("whole", 0),
    36: ("half", 1),
    24: ("half", 0),
    18: ("quarter", 1),
    12: ("quarter", 0),
    9: ("eighth", 1),
    6: ("eighth", 0),
    3: ("16th", 0),
}
# Note values within a triplet, where three notes take the time of two.
_TRIPLET = {
    16: ("half", 0),
    8: ("quarter", 0),
    6: ("eighth", 1),
    4: ("eighth", 0),
    3: ("16th", 1),
    2: ("16th", 0),
    1: ("32nd", 0),
}

# Allowed onsets within a triplet, by its length in units; shorter triplets allow any.
_TRIPLET_CUTS = {24: {8, 16}, 12: {4, 8}}


class Triplet(NamedTuple):
    """The triplet of a value: its length in units, and whether it starts or stops here."""

    units: int
    starts: bool
    stops: bool


class Value(NamedTuple):
    """A note value: length in units, note type, dots, and triplet, if any."""

    units: int
    type: str
    dots: int
    triplet: Triplet | None


class Region(NamedTuple):
    """A section of a bar that is written plainly or as one triplet."""

    start: int
    end: int
    is_triplet: bool


def time_signature_levels(numerator: int, denominator: int) -> list[int]:
    """Returns the lengths of a bar, its beats and their subdivisions in units, longest first.

    >>> time_signature_levels(4, 4), time_signature_levels(3, 4), time_signature_levels(6, 8)
    ([48, 24, 12, 6, 3], [36, 12, 6, 3], [36, 18, 6, 3])
    """
    bar = numerator * (4 * UNITS_PER_QUARTER // denominator)
    beats = metrical_beats(numerator, denominator)
    beat = bar // beats
    levels = [bar, 2 * beat, beat] if beats == 4 else [bar, beat]
    if beats < numerator:
        levels.append(beat // 3)
    while levels[-1] % 2 == 0 and levels[-1] > 3:
        levels.append(levels[-1] // 2)
    return list(dict.fromkeys(levels))


def regions(
    length: int, spans: Iterable[tuple[int, int, bool]], levels: Sequence[int]
) -> list[Region]:
    """Divides a bar into plain regions and triplets.

    Args:
        length: The length of the bar in units.
        spans: The notes and rests of one voice: where each starts and ends, in units from the
            bar line, and whether it is a rest.
        levels: See `time_signature_levels`.
    """
    spans = list(spans)
    cuts = {start for start, _, _ in spans}
    # Rests need no ties, so they may be split at any eighth.
    rests = {
        eighth
        for start, end, is_rest in spans
        if is_rest
        for eighth in range(start - start % 6 + 6, end, 6)
    }
    # Triplets of quarters fill half bars; in compound time, triplets stay within an eighth.
    window = next((size for size in (24, 12, 6) if size in levels), 3)
    found: list[Region] = []
    for start in range(0, length, window):
        for region in _divided(start, min(start + window, length), cuts, rests):
            if found and not found[-1].is_triplet and not region.is_triplet:
                found[-1] = found[-1]._replace(end=region.end)
            else:
                found.append(region)
    return found


def values(
    start: int, end: int, within: Sequence[Region], levels: Sequence[int], is_rest: bool
) -> list[Value]:
    """Splits a note or rest into note values; those of a note are to be tied.

    To keep the beats visible, a note crosses a beat only if it starts and ends on beats at most one
    level weaker; a rest only if it starts and ends on beats of the same level or stronger.

    Args:
        start: Start in units from the bar line.
        end: End in units from the bar line.
        within: The regions of the bar; see `regions`.
        levels: See `time_signature_levels`.
        is_rest: Whether it is a rest.
    """
    found = []
    for region in within:
        first, last = max(start, region.start), min(end, region.end)
        if first < last and region.is_triplet:
            found += _triplet_values(first, last, region)
        elif first < last:
            found += _plain_values(first, last, levels, is_rest)
    return found


def _divided(start: int, end: int, cuts: set[int], rests: set[int]) -> list[Region]:
    size = end - start
    inner = {cut - start for cut in cuts if start < cut < end}
    if size % 3 == 0 and all(cut % 3 == 0 for cut in inner):
        return [Region(start, end, is_triplet=False)]
    middle = start + max((half for half in (3, 6, 12) if half < size), default=0)
    # A triplet of eighths may contain sixteenths if halving it would require a tie.
    mixed = size == 12 and inner <= {2, 4, 8, 10} and middle not in rests
    if size <= 6 or mixed or inner <= _TRIPLET_CUTS.get(size, set()):
        return [Region(start, end, is_triplet=True)]
    return _divided(start, middle, cuts, rests) + _divided(middle, end, cuts, rests)


def _triplet_values(start: int, end: int, region: Region) -> list[Value]:
    found = []
    while start < end:
        units = max(
            units
            for units in _TRIPLET
            if units == end - start or (units < end - start and (start - region.start) % units == 0)
        )
        starts, stops = start == region.start, start + units == region.end
        triplet = Triplet(region.end - region.start, starts, stops)
        found.append(Value(units, *_TRIPLET[units], triplet))
        start += units
    return found


def _plain_values(start: int, end: int, levels: Sequence[int], is_rest: bool) -> list[Value]:
    def strength(position: int) -> int:
        return next((level for level in levels if position % level == 0), 1)

    weakest = min(strength(start), strength(end))
    inside = range(start - start % 3 + 3, end, 3)
    reach = weakest if is_rest else 2 * weakest
    # In a long bar, a whole rest would look like a whole-bar rest.
    is_long = is_rest and end - start >= 48
    is_seen = all(strength(position) <= reach for position in inside)
    if end - start in _PLAIN and is_seen and not is_long:
        return [Value(end - start, *_PLAIN[end - start], None)]
    cut = max(reversed(inside) if strength(start) >= strength(end) else inside, key=strength)
    return _plain_values(start, cut, levels, is_rest) + _plain_values(cut, end, levels, is_rest)
