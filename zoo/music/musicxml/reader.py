"""Reads MusicXML as piano reductions, using music21."""

from __future__ import annotations

import itertools
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import symusic

from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.musicxml.file import first_line, musicxml_root
from seqzoo.zoo.music.musicxml.written_bars import (
    WrittenBar,
    WrittenNote,
    align_to_bars,
    moved_notes,
)
from seqzoo.zoo.music.musicxml.written_score import WrittenScore, written_score
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    Key,
    PianoNote,
    ScoreError,
    piano_score,
    set_initial_tempo,
)

if TYPE_CHECKING:
    from music21.base import Music21Object
    from music21.note import Note
    from music21.stream import Measure, Score, Voice

# Notated scores have no velocities; 80 is mezzo forte.
_VELOCITY = 80

# Errors that music21 raises on well-formed XML that is invalid MusicXML: it accesses missing
# elements (AttributeError, LookupError, TypeError), parses words as numbers (ValueError), and
# divides by 0 divisions (ArithmeticError). Its own exceptions derive from Exception directly.
_INVALID_MUSICXML_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def read_musicxml(data: bytes, size_limit: int, voice_track: str | None = None) -> symusic.Score:
    """Reads MusicXML as a piano reduction; see `read_score`.

    Args:
        data: The content of the file, plain or compressed.
        size_limit: Maximum uncompressed size of a compressed file, in bytes.
        voice_track: The name or number of the voice. Defaults to automatic detection.

    Returns:
        The reduction; its track is named after the title, or `""` if there is none.

    Raises:
        ScoreError: If the data is not MusicXML. The message does not name the file.
        VoiceError: If there is no such voice. The message does not name the file.
    """
    from music21.exceptions21 import Music21Exception

    document = written_score(musicxml_root(data, size_limit), voice_track)
    try:
        written = _parsed(document.root)
        bars = _written_bars(written, document.voice_id)
    except (*_INVALID_MUSICXML_ERRORS, Music21Exception) as error:
        raise ScoreError(f"music21 cannot read it ({first_line(error)})") from error
    starts, time_signatures = align_to_bars(bars)
    piano, voice = (
        [PianoNote(note.onset, note.pitch, note.end, _VELOCITY) for note in moved]
        for moved in (
            moved_notes(bars, starts),
            moved_notes([bar._replace(notes=bar.voice) for bar in bars], starts),
        )
    )
    title = written.metadata.movementName or written.metadata.title or ""
    score = piano_score(piano, time_signatures, None, title, voice, _key(document, piano + voice))
    set_initial_tempo(
        score,
        [
            (starts[mark.measure] + _ticks(mark.onset), mark.tempo)
            for mark in document.tempos
            if mark.measure < len(starts)
        ],
    )
    return score


def _key(document: WrittenScore, notes: Sequence[PianoNote]) -> Key:
    if document.fifths is None or document.mode is None:
        return estimated_key(notes, document.fifths)
    return Key(document.fifths, document.mode == "minor")


def _parsed(root: ET.Element) -> Score:
    """Converts a MusicXML document to a music21 score."""
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    importer = MusicXMLImporter()
    with warnings.catch_warnings():
        # music21 warns about notation, which does not matter for playback.
        warnings.simplefilter("ignore")
        # music21.converter would make the same call, but through pickled caches.
        importer.xmlRootToScore(root, importer.stream)
    return importer.stream


def _written_bars(written: Score, voice_id: str | None) -> list[WrittenBar]:
    """Returns the measures of a music21 score, all parts merged."""
    from music21 import stream

    parts = [list(part.getElementsByClass(stream.Measure)) for part in written.parts]
    # music21 renames parts after their instruments, and creates a part for every staff.
    names = re.compile(rf"{re.escape(voice_id or '')}(-Staff\d+)?")
    is_voice = [any(map(names.fullmatch, part.groups)) for part in written.parts]
    lengths = [_measure_lengths(part) for part in parts]
    bars = []
    for measures, ends in zip(
        itertools.zip_longest(*parts), itertools.zip_longest(*lengths, fillvalue=0), strict=True
    ):
        contents = [
            ([], None) if measure is None else _measure_content(measure) for measure in measures
        ]
        # A silent part may have a whole-bar rest even in a pickup.
        sounding = [end for end, (notes, _) in zip(ends, contents, strict=True) if notes]
        signatures = [signature for _, signature in contents if signature]
        piano, voice = (
            [
                note
                for (notes, _), vocal in zip(contents, is_voice, strict=True)
                if vocal == wanted
                for note in notes
            ]
            for wanted in (False, True)
        )
        length = max(sounding or ends)
        bars.append(WrittenBar(length, next(iter(signatures), None), piano, voice))
    return bars


def _measure_lengths(measures: Sequence[Measure]) -> list[int]:
    lengths = [
        _ticks(following.offset - measure.offset)
        for measure, following in itertools.pairwise(measures)
    ]
    return [*lengths, *(_ticks(measure.highestTime) for measure in measures[-1:])]


def _measure_content(measure: Measure) -> tuple[list[WrittenNote], tuple[int, int] | None]:
    """Returns the notes of a music21 measure, and the time signature at its start."""
    from music21 import chord, meter, note, stream

    notes, signature = [], None
    for offset, element in _placed(measure, stream.Voice):
        if isinstance(element, note.Note):
            notes += _written_notes(offset, element.quarterLength, [element])
        elif isinstance(element, chord.Chord):
            notes += _written_notes(offset, element.quarterLength, element.notes)
        elif offset == 0 and isinstance(element, meter.TimeSignature):
            signature = (element.numerator, element.denominator)
    return notes, signature


def _placed(
    measure: Measure, voice_class: type[Voice]
) -> Iterator[tuple[float | Fraction, Music21Object]]:
    """Yields the elements of a measure and its voices with their offsets from the bar line."""
    for element in measure.elements:
        offset = measure.elementOffset(element)
        if isinstance(element, voice_class):
            for inner in element.elements:
                yield offset + element.elementOffset(inner), inner
        else:
            yield offset, element


def _written_notes(
    offset: float | Fraction, length: float | Fraction, notes: Iterable[Note]
) -> list[WrittenNote]:
    """Converts note heads; those of a chord may have lengths of their own."""
    return [
        WrittenNote(
            _ticks(offset),
            round(note.pitch.ps),
            _ticks(offset + (note.quarterLength or length)),
            None if note.tie is None else note.tie.type,
        )
        for note in notes
        if length > 0  # grace notes have no length
    ]


def _ticks(quarters: float | Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)
