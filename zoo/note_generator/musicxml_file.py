"""MusicXML files, plain or compressed, made safe and small before music21 reads them."""

import io
import itertools
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import NamedTuple
from xml.parsers import expat

from seqzoo.zoo.note_generator.piano_score import VOICE_PROGRAMS, ScoreError

# What of MusicXML matters to a piano reduction. music21 need not read the rest, nor stumble over
# what is wrong there (a key of a million sharps keeps it busy for ever).
_KEPT = {
    "score-partwise": ("work", "movement-title", "part-list", "part"),
    "measure": ("attributes", "backup", "direction", "forward", "note", "sound"),
    "attributes": ("divisions", "staves", "time", "transpose"),
    "direction": ("direction-type", "offset", "sound", "staff"),
    "direction-type": ("metronome",),
    "note": (
        *("chord", "dot", "duration", "grace", "pitch", "rest", "staff", "tie"),
        *("time-modification", "type", "unpitched", "voice"),
    ),
}
_DRUM_CHANNEL = "10"
# MusicXML counts programs from 1.
_VOICE_PROGRAMS = {str(program + 1) for program in VOICE_PROGRAMS}


class WrittenScore(NamedTuple):
    """A MusicXML document with what matters to a piano reduction.

    Attributes:
        root: The document.
        voice_id: The name of the only part with words to sing, beside a keyboard, or else of the
            only one in a MIDI program of voices; `None` if there is none, or several.
        fifths: The sharps of the first key signature, or its flats as a negative number.
        mode: `"major"`, `"minor"`, or `None` if it is not said.
    """

    root: ET.Element
    voice_id: str | None
    fifths: int | None
    mode: str | None


def written_score(data: bytes, size_limit: int) -> WrittenScore:
    """Reads a MusicXML document.

    Args:
        data: The content of the file, plain or compressed.
        size_limit: The most bytes that a compressed document may have uncompressed.

    Raises:
        ScoreError: If this is no MusicXML, or would exhaust the memory.
    """
    root = _safe_xml(_unzipped(data, size_limit) if data.startswith(b"PK") else data)
    if root.tag != "score-partwise":
        raise ScoreError(f"its root is <{root.tag}>, not <score-partwise>")
    _remove_drums(root)
    _silence_cues(root)
    voice_id, signature = _voice_id(root), _key_signature(root)
    for tag, kept in _KEPT.items():
        for element in root.iter(tag):
            element[:] = [child for child in element if child.tag in kept]
    for element in itertools.chain(root.iter("beats"), root.iter("staves")):
        # music21 makes a list as long as the number says.
        if re.search(r"\d{4}", element.text or ""):
            raise ScoreError(f"it asks for {element.text.strip()} {element.tag}")
    for transpose in root.iter("transpose"):
        # music21 fails where the (optional) diatonic steps are missing or do not match.
        semitones = _semitones(transpose)
        transpose[:] = []
        ET.SubElement(transpose, "chromatic").text = str(semitones)
    return WrittenScore(root, voice_id, *signature)


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__


def _voice_id(root: ET.Element) -> str | None:
    sung = [part.get("id") for part in root.iter("part") if part.find(".//lyric") is not None]
    vocal = [
        part.get("id")
        for part in root.iter("score-part")
        for program in part.iter("midi-program")
        if (program.text or "").strip() in _VOICE_PROGRAMS
    ]
    keyboards = [
        part.get("id")
        for part in root.iter("part")
        if (part.findtext("measure/attributes/staves") or "1").strip() != "1"
    ]
    # In a choir, too, the words may stand below one part only.
    found = sung if sung and keyboards else vocal
    return found[0] if len(found) == 1 else None


def _key_signature(root: ET.Element) -> tuple[int | None, str | None]:
    """The first that is written at sounding pitch, where it makes sense."""
    for part in root.iter("part"):
        key = part.find("measure/attributes/key")
        if key is None or part.find("measure/attributes/transpose") is not None:
            continue
        fifths = (key.findtext("fifths") or "").strip()
        mode = (key.findtext("mode") or "").strip()
        if re.fullmatch(r"-?[0-7]", fifths):
            return int(fifths), mode if mode in ("major", "minor") else None
    return None, None


def _semitones(transpose: ET.Element) -> int:
    try:
        steps = int(transpose.findtext("chromatic", "0"))
        return steps + 12 * int(transpose.findtext("octave-change", "0"))
    except ValueError as error:
        raise ScoreError(f"it transposes by no number ({first_line(error)})") from error


def _remove_drums(root: ET.Element) -> None:
    drums = {
        part.get("id")
        for part in root.iter("score-part")
        for channel in part.iter("midi-channel")
        if (channel.text or "").strip() == _DRUM_CHANNEL
    }
    root[:] = [child for child in root if child.tag != "part" or child.get("id") not in drums]


def _silence_cues(root: ET.Element) -> None:
    """What a player only reads, while another part plays it, becomes a rest."""
    for measure in root.iter("measure"):
        for note in measure.findall("note"):
            if note.find("cue") is None:
                continue
            if note.find("chord") is not None or note.find("duration") is None:
                measure.remove(note)
            else:
                note[:] = [
                    ET.Element("rest"),
                    *(child for child in note if child.tag in ("duration", "staff", "voice")),
                ]


def _unzipped(data: bytes, size_limit: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                path = PurePosixPath(name.replace("\\", "/"))
                if path.is_absolute() or ".." in path.parts:
                    raise ScoreError(f"the archive names a file outside itself ({name!r})")
            return _member(archive, _score_name(archive, size_limit), size_limit)
    except ScoreError:
        raise
    # RuntimeError: the archive is encrypted. ValueError: an offset or a name makes no sense.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise ScoreError(f"the archive is damaged ({first_line(error)})") from error


def _member(archive: zipfile.ZipFile, name: str, size_limit: int) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > size_limit:
        raise ScoreError(f"the archive unpacks to more than {size_limit:,} bytes")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ScoreError("the archive is compressed in a way that MusicXML does not have")
    # zipfile reads no more than the size that it was promised.
    return archive.read(info)


def _score_name(archive: zipfile.ZipFile, size_limit: int) -> str:
    """The first score that the table of contents names, else the first that there is."""
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        contents = _safe_xml(_member(archive, "META-INF/container.xml", size_limit))
        for element in contents.iter("rootfile"):
            if element.get("full-path") in names:
                return element.get("full-path")
    for name in names:
        if not name.startswith("META-INF/") and name.lower().endswith((".xml", ".musicxml")):
            return name
    raise ScoreError("the archive holds no MusicXML")


def _safe_xml(data: bytes) -> ET.Element:
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
        raise ScoreError(f"it is not well-formed XML ({first_line(error)})") from error
