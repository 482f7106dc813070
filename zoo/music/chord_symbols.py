"""Chord symbols: parsing, and analysis of the bars of a score."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import symusic

from seqzoo.core.errors import UsageError
from seqzoo.zoo.music.key_and_spelling import estimated_key, spell
from seqzoo.zoo.music.score import Bar, Key, PianoNote, bars, key_of, piano_notes, reduced

if TYPE_CHECKING:
    from music21 import harmony

_ROOT_OR_BASS = re.compile(r"(^|/)([A-G])([b♭]*)")
_KINDS_OF_TRIADS = ("major", "minor", "diminished", "augmented")
_KINDS_OF_SEVENTHS = (
    *("dominant-seventh", "major-seventh", "minor-seventh"),
    *("diminished-seventh", "half-diminished-seventh"),
)
_CONSIDERED = 5
"""The number of pitch classes of a bar, those that sound longest, among which its chord is."""
_LEAST_SHARE_OF_TRIAD, _LEAST_SHARE_OF_SEVENTH = 0.5, 0.1
"""The least shares of a bar's sounding time that a triad, and a seventh above it, must have."""


class ChordError(UsageError, ValueError):
    """Raised for an invalid chord symbol; the message names it."""


@dataclasses.dataclass(frozen=True)
class ChordSymbol:
    """A chord symbol.

    Attributes:
        name: As written, such as `"Bbm7/F"`.
        tones: The pitch classes of its notes, 0 for C, its bass included.
        bass: The pitch class of its lowest note.
    """

    name: str
    tones: frozenset[int]
    bass: int


class PlacedChord(NamedTuple):
    """A chord symbol above a score, and the tick at which it stands."""

    onset: int
    name: str


Progression = tuple[tuple[ChordSymbol, ...], ...]
"""The chord symbols of each bar."""


def parsed_progression(text: str) -> Progression:
    """Parses chord symbols: one a bar or, between the bar lines `|`, several a bar.

    Args:
        text: Such as `"C G Am F"` or `"C | G Am | F"`.

    Raises:
        ChordError: If a symbol is invalid, a bar is empty, or there is no symbol.

    >>> [[chord.name for chord in bar] for bar in parsed_progression("| C | G/B Am |")]
    [['C'], ['G/B', 'Am']]
    """
    if "|" not in text:
        written = [[name] for name in text.split()]
    else:
        written = [
            bar.split() for bar in text.strip().removeprefix("|").removesuffix("|").split("|")
        ]
    if not any(written):
        raise ChordError("There is no chord: give chord symbols such as 'C G Am F'.")
    for number, names in enumerate(written, start=1):
        if not names:
            raise ChordError(f"Bar {number} of the chords is empty: give at least one chord a bar.")
    return tuple(tuple(map(parsed_chord, names)) for names in written)


def parsed_chord(name: str) -> ChordSymbol:
    """Parses a chord symbol as music21 does; flats are written `b`, as in `Bb7` or `Eb/G`.

    Raises:
        ChordError: If there is no such chord.

    >>> parsed_chord("Bb7/D").tones == {10, 2, 5, 8}, parsed_chord("Bb7/D").bass
    (True, 2)
    """
    try:
        symbol = music21_symbol(name)
        tones, bass = {pitch.pitchClass for pitch in symbol.pitches}, symbol.bass()
    # music21 raises errors of several kinds for what it does not understand.
    except Exception as error:
        raise _unknown(name) from error
    if len(tones) < 2 or bass is None:
        raise _unknown(name)
    return ChordSymbol(name, frozenset(tones), bass.pitchClass)


def _unknown(name: str) -> ChordError:
    return ChordError(
        f"There is no chord {name!r}: give symbols such as C, Am, F#m7, Bb, Cmaj7, Gsus4, Bdim or "
        "G7/B."
    )


def music21_symbol(name: str) -> harmony.ChordSymbol:
    """Returns the chord symbol of music21.

    Raises:
        ValueError: If the name does not begin with a capital letter from A to G.
    """
    from music21 import harmony

    if not re.match("[A-G]", name):
        raise ValueError(f"a chord begins with a capital letter from A to G, not {name!r}")
    # music21 writes flats as minus signs: it would read D-7 as D flat, and Bb7 as a B major chord.
    if "-" in name:
        raise ValueError(f"{name!r} has a minus sign: flats are written b, and minor m")
    return harmony.ChordSymbol(_ROOT_OR_BASS.sub(_with_minus_signs, name))


def _with_minus_signs(found: re.Match) -> str:
    before, step, flats = found.groups()
    return before + step + "-" * len(flats)


def key_of_progression(progression: Progression) -> Key:
    """Estimates the key of chords, in which every bar counts the same."""
    notes = [
        PianoNote(0, 60 + tone, 480 // len(bar), 64)
        for bar in progression
        for chord in bar
        for tone in chord.tones
    ]
    return estimated_key(notes)


def analysed_chords(score: symusic.Score) -> list[PlacedChord]:
    """Finds the chord of each bar of a score.

    The chord is the triad that sounds for the longest time in its bar, with the seventh above it if
    that also sounds for a tenth of the time; music21 names it. The bass is the lowest note with
    which the bar begins. Bars in which no triad has half of the sounding time get no symbol, nor do
    bars with the chord of the bar before.
    """
    score = reduced(score)
    notes = piano_notes(score)
    key = key_of(score) or estimated_key(notes)
    found: list[PlacedChord] = []
    for bar in bars(score):
        name = _chord_of_bar(notes, bar, key)
        if name and (not found or found[-1].name != name):
            found.append(PlacedChord(bar.start, name))
    return found


def _chord_of_bar(notes: Sequence[PianoNote], bar: Bar, key: Key) -> str | None:
    sounding = [note for note in notes if note.onset < bar.end and note.end > bar.start]
    weights: dict[int, int] = {}
    for note in sounding:
        ticks = min(note.end, bar.end) - max(note.onset, bar.start)
        weights[note.pitch % 12] = weights.get(note.pitch % 12, 0) + ticks
    total = sum(weights.values())
    heaviest = sorted(weights, key=lambda tone: -weights[tone])[:_CONSIDERED]

    def weight(tones: Iterable[int]) -> int:
        return sum(weights[tone] for tone in tones)

    triads = sorted(itertools.combinations(heaviest, 3), key=lambda tones: -weight(tones))
    triad = next((tones for tones in triads if _name(tones, None, key, _KINDS_OF_TRIADS)), None)
    if triad is None or weight(triad) < _LEAST_SHARE_OF_TRIAD * total:
        return None
    first = min(max(note.onset, bar.start) for note in sounding)
    bass = min(note.pitch for note in sounding if note.onset <= first) % 12
    symbol = _name(triad, bass, key, _KINDS_OF_TRIADS)
    for tone in heaviest:
        if tone not in triad and weights[tone] >= _LEAST_SHARE_OF_SEVENTH * total:
            name = _name((*triad, tone), bass, key, _KINDS_OF_SEVENTHS)
            # An added sixth would name the chord by another root.
            if name and symbol and _root(name) == _root(symbol):
                return name
    return symbol


def _root(symbol: str) -> str:
    return symbol[: 1 + symbol[1:].startswith(("#", "b"))]


def _name(tones: Sequence[int], bass: int | None, key: Key, kinds: Sequence[str]) -> str | None:
    """Returns the symbol of pitch classes, or `None` if they are no chord of these kinds."""
    from music21 import chord, harmony, pitch

    lowest = bass if bass in tones else None
    # The bass an octave below the other tones, spelled in the key.
    pitches = [60 + tone - 12 * (tone == lowest) for tone in tones]
    spelled = [spell(each, key) for each in pitches]
    written = chord.Chord(
        [
            pitch.Pitch(step=step, accidental=alter or None, octave=octave)
            for step, alter, octave in spelled
        ]
    )
    if lowest is None:
        written = chord.Chord(
            [written.root(), *(p for p in written.pitches if p != written.root())]
        )
        written.root().octave = 2
    symbol = harmony.chordSymbolFromChord(written)
    if symbol.chordKind not in kinds:
        return None
    return symbol.figure.replace("-", "b")
