"""MusicXML files, plain or compressed, as XML that is safe to read."""

import io
import xml.etree.ElementTree as ET
import zipfile
import zlib
from pathlib import PurePosixPath
from xml.parsers import expat

from seqzoo.zoo.music.score import ScoreError


def musicxml_root(data: bytes, size_limit: int) -> ET.Element:
    """The root of a MusicXML document.

    Args:
        data: The content of the file, plain or compressed.
        size_limit: The most bytes that a compressed document may have uncompressed.

    Raises:
        ScoreError: If this is no MusicXML, or would exhaust the memory.
    """
    root = _safe_xml(_unzipped(data, size_limit) if data.startswith(b"PK") else data)
    if root.tag != "score-partwise":
        raise ScoreError(f"its root is <{root.tag}>, not <score-partwise>")
    return root


def first_line(error: BaseException) -> str:
    """What an error says, in one line."""
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__


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
            path = element.get("full-path")
            if path in names:
                return path
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
