"""MusicXML, plain (.musicxml, .xml) or compressed (.mxl), as notes on bars."""

import bisect
import io
import itertools
import warnings
import xml.etree.ElementTree as ET
import zipfile
import zlib
from fractions import Fraction
from pathlib import PurePosixPath
from typing import NamedTuple
from xml.parsers import expat

import symusic

from seqzoo.zoo.note_generator.piano_score import (
    TICKS_PER_QUARTER,
    Metre,
    PianoNote,
    ScoreError,
    bar_ticks,
    piano_score,
)

# A written score has no velocities; this one is mezzo forte.
_VELOCITY = 80

# What music21 lets through where a well-formed file breaks the rules of MusicXML: it looks into
# what is missing (AttributeError, LookupError, TypeError), reads words as numbers (ValueError),
# divides by divisions of 0 (ArithmeticError), and its own exceptions derive from Exception only.
_BROKEN_RULES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)


class _WrittenNote(NamedTuple):
    onset: int
    end: int
    pitch: int
    tie: str | None


class _WrittenBar(NamedTuple):
    """A measure of all parts: its length, a new signature, its notes, in ticks from its start."""

    length: int
    signature: tuple[int, int] | None
    notes: list[_WrittenNote]


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
    if data.startswith(b"PK"):
        data = _unzipped(data, size_limit)
    written = _parsed(_root(data))
    bars, tempo = _written_bars(written)
    starts, metres = _on_bar_lines(bars)
    title = written.metadata.movementName or written.metadata.title or ""
    return piano_score(_notes_on_bar_lines(bars, starts), metres, tempo, str(title))


def _unzipped(data: bytes, size_limit: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                path = PurePosixPath(name.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts or ":" in name:
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
    from music21.exceptions21 import Music21Exception
    from music21.musicxml.xmlToM21 import MusicXMLImporter, MusicXMLWarning

    if root.tag != "score-partwise":
        raise ScoreError(f"its root is <{root.tag}>, not <score-partwise>")
    importer = MusicXMLImporter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MusicXMLWarning)
            # music21.converter would come to the same call, by way of pickled caches.
            importer.xmlRootToScore(root, importer.stream)
            for part in importer.stream.parts:
                if part.atSoundingPitch is False:
                    part.toSoundingPitch(inPlace=True)
    except (*_BROKEN_RULES, Music21Exception) as error:
        raise ScoreError(f"music21 cannot read it ({_first_line(error)})") from error
    return importer.stream


def _written_bars(written) -> tuple[list[_WrittenBar], float | None]:
    """The measures of a music21 score, and the tempo of its start if it gives one."""
    from music21 import stream

    parts = [list(part.getElementsByClass(stream.Measure)) for part in written.parts]
    lengths = [_measure_lengths(part) for part in parts]
    bars, tempo = [], None
    for measures, ends in zip(
        itertools.zip_longest(*parts), itertools.zip_longest(*lengths, fillvalue=0), strict=True
    ):
        contents = [_measure_content(measure) if measure else ([], None, None) for measure in measures]
        # A part that rests may have the rest of a whole bar even in a pickup.
        sounding = [end for end, (notes, _, _) in zip(ends, contents, strict=True) if notes]
        signatures = [signature for _, signature, _ in contents if signature]
        tempos = [found for _, _, found in contents if found]
        if not bars and tempos:
            tempo = tempos[0]
        notes = [note for content in contents for note in content[0]]
        bars.append(_WrittenBar(max(sounding or ends), next(iter(signatures), None), notes))
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


def _written_notes(offset, length, notes) -> list[_WrittenNote]:
    onset, end = _ticks(offset), _ticks(offset + length)
    return [
        _WrittenNote(onset, end, round(note.pitch.ps), note.tie and note.tie.type)
        for note in notes
        if length > 0  # grace notes have no length
    ]


def _ticks(quarters: float | Fraction) -> int:
    return round(quarters * TICKS_PER_QUARTER)


def _on_bar_lines(bars: list[_WrittenBar]) -> tuple[list[int], list[Metre]]:
    """Where measures start, in ticks, if written bar lines are to be bar lines of the metre.

    A measure that is shorter than its metre is a pickup at the start of a piece or of a metre,
    and ends at the bar line. Elsewhere (before a repeat) it starts at the bar line, and the
    next one follows within the same bar if it fits, else after a silence at the next bar line.
    """
    starts, metres = [], [Metre(0, 4, 4)]
    written = metres[-1][1:]
    bar_start = used = 0
    for i, bar in enumerate(bars):
        full = bar_ticks(*metres[-1][1:])
        written = bar.signature or written
        short = bar.length < bar_ticks(*written)
        if used and not (short and used + bar.length <= full):
            # A measure that was too long reaches over more than one bar line.
            bar_start, used = bar_start + full * -(-used // full), 0
        if used == 0 and (i == 0 or written != metres[-1][1:]):
            metres.append(Metre(bar_start, *written))
            full = bar_ticks(*written)
            following = bars[i + 1].length if i + 1 < len(bars) else 0
            if short and following and bar.length + following != full:
                used = full - bar.length
        starts.append(bar_start + used)
        used += bar.length
        if used == full:
            bar_start, used = bar_start + full, 0
    return starts, metres


def _notes_on_bar_lines(bars: list[_WrittenBar], starts: list[int]) -> list[PianoNote]:
    """The notes of all measures, ties merged, moved to where their measures start."""
    written_starts = list(itertools.accumulate((bar.length for bar in bars), initial=0))
    notes = [
        note._replace(onset=start + note.onset, end=start + note.end)
        for start, bar in zip(written_starts, bars, strict=False)
        for note in bar.notes
    ]
    moved = []
    for note in _tied(notes):
        first = bisect.bisect_right(written_starts, note.onset, hi=len(bars)) - 1
        # A note that ends on a bar line ends before the silence that may follow there.
        last = max(bisect.bisect_left(written_starts, note.end, hi=len(bars)) - 1, first)
        onset = note.onset - written_starts[first] + starts[first]
        end = note.end - written_starts[last] + starts[last]
        moved.append(PianoNote(onset, note.pitch, end, _VELOCITY))
    return moved


def _tied(notes: list[_WrittenNote]) -> list[_WrittenNote]:
    """The notes with those that are tied, in whatever part or voice, as one."""
    merged: list[_WrittenNote] = []
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


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
