"""MusicXML, plain (.musicxml, .xml) or compressed (.mxl), as notes on bars."""

import io
import itertools
import re
import warnings
import xml.etree.ElementTree as ET
import zipfile
import zlib
from fractions import Fraction
from pathlib import PurePosixPath
from xml.parsers import expat

import symusic

from seqzoo.zoo.note_generator.piano_score import (
    TICKS_PER_QUARTER,
    PianoNote,
    ScoreError,
    piano_score,
)
from seqzoo.zoo.note_generator.written_bars import (
    WrittenBar,
    WrittenNote,
    moved_notes,
    on_bar_lines,
)

# A written score has no velocities; this one is mezzo forte.
_VELOCITY = 80

# What of MusicXML matters to a reduction. Without the rest music21 reads twice as fast, and fewer
# slips of a writer (in slurs, lyrics, clefs, keys) stand between a score and its notes.
_KEPT = {
    "score-partwise": ("work", "movement-title", "part-list", "part"),
    "measure": ("attributes", "backup", "direction", "forward", "note", "sound"),
    "attributes": ("divisions", "staves", "time", "transpose"),
    "direction": ("direction-type", "offset", "sound", "staff"),
    "direction-type": ("metronome",),
    "note": (
        *("chord", "dot", "duration", "grace", "instrument", "pitch", "rest", "staff", "tie"),
        *("time-modification", "type", "unpitched", "voice"),
    ),
}

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

    if data.startswith(b"PK"):
        data = _unzipped(data, size_limit)
    root = _root(data)
    _prune(root)
    try:
        written = _parsed(root)
        bars, tempo = _written_bars(written)
    except (*_BROKEN_RULES, Music21Exception) as error:
        raise ScoreError(f"music21 cannot read it ({_first_line(error)})") from error
    starts, metres = on_bar_lines(bars)
    notes = [
        PianoNote(note.onset, note.pitch, note.end, _VELOCITY) for note in moved_notes(bars, starts)
    ]
    title = written.metadata.movementName or written.metadata.title or ""
    return piano_score(notes, metres, tempo, title)


def _unzipped(data: bytes, size_limit: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                path = PurePosixPath(name.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts:
                    raise ScoreError(f"the archive names a file outside itself ({name!r})")
            info = archive.getinfo(_score_name(archive))
            if info.file_size > size_limit:
                raise ScoreError(f"the archive unpacks to more than {size_limit:,} bytes")
            # zipfile reads no more than the size that it was promised.
            return archive.read(info)
    # RuntimeError: the archive is encrypted. NotImplementedError: an unknown compression.
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        KeyError,
        OSError,
        RuntimeError,
        NotImplementedError,
    ) as error:
        raise ScoreError(f"the archive is damaged ({_first_line(error)})") from error


def _score_name(archive: zipfile.ZipFile) -> str:
    """The first score that the table of contents names, else the first that there is."""
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        info = archive.getinfo("META-INF/container.xml")
        if info.file_size <= 1_000_000:
            for element in _root(archive.read(info)).iter("rootfile"):
                if element.get("full-path") in names:
                    return element.get("full-path")
    for name in names:
        if not name.startswith("META-INF/") and name.lower().endswith((".xml", ".musicxml")):
            return name
    raise ScoreError("the archive holds no MusicXML")


def _root(data: bytes) -> ET.Element:
    """The root of an XML document that declares no entities: those can grow without bound."""

    def refuse(*declaration):
        raise ScoreError("it declares XML entities, which no score needs")

    scanner = expat.ParserCreate()
    scanner.EntityDeclHandler = refuse
    try:
        scanner.Parse(data, True)
        return ET.fromstring(data)
    except ScoreError:
        raise
    # LookupError and ValueError: an encoding that expat does not know.
    except (expat.ExpatError, ET.ParseError, LookupError, ValueError) as error:
        raise ScoreError(f"it is not well-formed XML ({_first_line(error)})") from error


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


def _prune(root: ET.Element) -> None:
    """Removes what does not matter to a reduction.

    Raises:
        ScoreError: If this is no MusicXML, or has numbers that would exhaust the memory.
    """
    if root.tag != "score-partwise":
        raise ScoreError(f"its root is <{root.tag}>, not <score-partwise>")
    for tag, kept in _KEPT.items():
        for element in root.iter(tag):
            element[:] = [child for child in element if child.tag in kept]
    for element in itertools.chain(root.iter("beats"), root.iter("staves")):
        # music21 makes a list as long as the number says.
        if re.search(r"\d{4}", element.text or ""):
            raise ScoreError(f"it asks for {element.text.strip()} {element.tag}")


def _written_bars(written) -> tuple[list[WrittenBar], float | None]:
    """The measures of a music21 score, and the tempo of its start if it gives one."""
    from music21 import stream

    parts = [list(part.getElementsByClass(stream.Measure)) for part in written.parts]
    lengths = [_measure_lengths(part) for part in parts]
    bars, tempo = [], None
    for measures, ends in zip(
        itertools.zip_longest(*parts), itertools.zip_longest(*lengths, fillvalue=0), strict=True
    ):
        contents = [
            _measure_content(measure) if measure else ([], None, None) for measure in measures
        ]
        # A part that rests may have the rest of a whole bar even in a pickup.
        sounding = [end for end, (notes, _, _) in zip(ends, contents, strict=True) if notes]
        signatures = [signature for _, signature, _ in contents if signature]
        tempos = [found for _, _, found in contents if found]
        if not bars and tempos:
            tempo = tempos[0]
        notes = [note for content in contents for note in content[0]]
        bars.append(WrittenBar(max(sounding or ends), next(iter(signatures), None), notes))
    return bars, tempo


def _measure_lengths(measures) -> list[int]:
    lengths = [
        _ticks(following.offset - measure.offset)
        for measure, following in itertools.pairwise(measures)
    ]
    return [*lengths, *(_ticks(measure.highestTime) for measure in measures[-1:])]


def _measure_content(measure):
    """The notes, the signature and the tempo at the start of a music21 measure."""
    from music21 import chord, harmony, meter, note, stream, tempo

    notes, signature, quarters = [], None, None
    for offset, element in _placed(measure, stream.Voice):
        if isinstance(element, note.Note):
            notes += _written_notes(offset, element.quarterLength, [element])
        elif isinstance(element, chord.Chord) and not isinstance(element, harmony.Harmony):
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


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
