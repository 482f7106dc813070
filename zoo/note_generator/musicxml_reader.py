"""MusicXML as piano reductions, by way of music21."""

import itertools
import warnings
import xml.etree.ElementTree as ET
from fractions import Fraction

import symusic

from seqzoo.zoo.note_generator.musicxml_file import first_line, written_score
from seqzoo.zoo.note_generator.piano_score import (
    TICKS_PER_QUARTER,
    Key,
    PianoNote,
    ScoreError,
    piano_score,
)
from seqzoo.zoo.note_generator.spelling import estimated_key
from seqzoo.zoo.note_generator.written_bars import (
    WrittenBar,
    WrittenNote,
    moved_notes,
    on_bar_lines,
)

# A written score has no velocities; this one is mezzo forte.
_VELOCITY = 80

# What music21 lets through where a well-formed file breaks the rules of MusicXML: it looks into
# what is missing (AttributeError, LookupError, TypeError), reads words as numbers (ValueError),
# divides by divisions of 0 (ArithmeticError), and its own exceptions derive from Exception only.
_BROKEN_RULES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


def read_musicxml(data: bytes, size_limit: int) -> symusic.Score:
    """Reads MusicXML as a piano reduction; see `read_score`.

    Args:
        data: The content of the file, plain or compressed.
        size_limit: The most bytes that a compressed file may hold uncompressed.

    Returns:
        The reduction; its track is named after the title, or nothing if there is none.

    Raises:
        ScoreError: If this is no MusicXML; the message does not name the file.
    """
    from music21.exceptions21 import Music21Exception

    document = written_score(data, size_limit)
    try:
        written = _parsed(document.root)
        bars, tempo = _written_bars(written, document.voice_id)
    except (*_BROKEN_RULES, Music21Exception) as error:
        raise ScoreError(f"music21 cannot read it ({first_line(error)})") from error
    starts, metres = on_bar_lines(bars)
    piano, voice = (
        [PianoNote(note.onset, note.pitch, note.end, _VELOCITY) for note in moved]
        for moved in (
            moved_notes(bars, starts),
            moved_notes([bar._replace(notes=bar.voice) for bar in bars], starts),
        )
    )
    title = written.metadata.movementName or written.metadata.title or ""
    return piano_score(piano, metres, tempo, title, voice, _key(document, piano + voice))


def _key(document, notes) -> Key:
    if document.fifths is None or document.mode is None:
        return estimated_key(notes, document.fifths)
    return Key(document.fifths, document.mode == "minor")


def _parsed(root: ET.Element):
    """The music21 score of a MusicXML document, at sounding pitch."""
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    importer = MusicXMLImporter()
    with warnings.catch_warnings():
        # What music21 has to say about notation is of no use to a listener.
        warnings.simplefilter("ignore")
        # music21.converter would come to the same call, by way of pickled caches.
        importer.xmlRootToScore(root, importer.stream)
        for part in importer.stream.parts:
            if part.atSoundingPitch is False:
                part.toSoundingPitch(inPlace=True)
    return importer.stream


def _written_bars(written, voice_id) -> tuple[list[WrittenBar], float | None]:
    """The measures of a music21 score, and the tempo of its start if it gives one."""
    from music21 import stream

    parts = [list(part.getElementsByClass(stream.Measure)) for part in written.parts]
    # music21 renames parts after their instruments.
    is_voice = [voice_id in part.groups for part in written.parts]
    lengths = [_measure_lengths(part) for part in parts]
    bars, tempo = [], None
    for measures, ends in zip(
        itertools.zip_longest(*parts), itertools.zip_longest(*lengths, fillvalue=0), strict=True
    ):
        contents = [
            ([], None, None) if measure is None else _measure_content(measure)
            for measure in measures
        ]
        # A part that rests may have the rest of a whole bar even in a pickup.
        sounding = [end for end, (notes, _, _) in zip(ends, contents, strict=True) if notes]
        signatures = [signature for _, signature, _ in contents if signature]
        tempos = [found for _, _, found in contents if found]
        if not bars and tempos:
            tempo = tempos[0]
        piano, voice = (
            [
                note
                for (notes, _, _), vocal in zip(contents, is_voice, strict=True)
                if vocal == wanted
                for note in notes
            ]
            for wanted in (False, True)
        )
        length = max(sounding or ends)
        bars.append(WrittenBar(length, next(iter(signatures), None), piano, voice))
    return bars, tempo


def _measure_lengths(measures) -> list[int]:
    lengths = [
        _ticks(following.offset - measure.offset)
        for measure, following in itertools.pairwise(measures)
    ]
    return [*lengths, *(_ticks(measure.highestTime) for measure in measures[-1:])]


def _measure_content(measure):
    """The notes, the signature and the tempo at the start of a music21 measure."""
    from music21 import chord, meter, note, stream, tempo

    notes, signature, quarters = [], None, None
    for offset, element in _placed(measure, stream.Voice):
        if isinstance(element, note.Note):
            notes += _written_notes(offset, element.quarterLength, [element])
        elif isinstance(element, chord.Chord):
            notes += _written_notes(offset, element.quarterLength, element.notes)
        elif offset == 0 and isinstance(element, meter.TimeSignature):
            signature = (element.numerator, element.denominator)
        elif offset == 0 and isinstance(element, tempo.MetronomeMark):
            quarters = quarters or element.getQuarterBPM()
    return notes, signature, quarters


def _placed(measure, voice_class):
    """The elements of a measure and of its voices, each with its offset from the bar line."""
    for element in measure.elements:
        offset = measure.elementOffset(element)
        if isinstance(element, voice_class):
            for inner in element.elements:
                yield offset + element.elementOffset(inner), inner
        else:
            yield offset, element


def _written_notes(offset, length, notes) -> list[WrittenNote]:
    onset, end = _ticks(offset), _ticks(offset + length)
    return [
        WrittenNote(onset, round(note.pitch.ps), end, note.tie and note.tie.type)
        for note in notes
        if length > 0  # grace notes have no length
    ]


def _ticks(quarters: float | Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)
