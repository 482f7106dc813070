"""Safe parsing of plain and compressed MusicXML files."""

import io
import xml.etree.ElementTree as ET
import zipfile
import zlib
from pathlib import PurePosixPath
from xml.parsers import expat

from seqzoo.zoo.music.score import ScoreError


def musicxml_root(data: bytes, size_limit: int) -> ET.Element:
    """Parses a MusicXML document and returns its root element.

    Args:
        data: The content of the file, plain or compressed.
        size_limit: Maximum uncompressed size of a compressed document, in bytes.

    Raises:
        ScoreError: If the data is not MusicXML, or would exhaust the memory.
    """
    root = _safe_xml(_unzipped(data, size_limit) if data.startswith(b"PK") else data)
    if root.tag != "score-partwise":
        raise ScoreError(f"its root is <{root.tag}>, not <score-partwise>")
    return root


def first_line(error: BaseException) -> str:
    """Returns the first line of an error message."""
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
    # RuntimeError: the archive is encrypted. ValueError: an offset or a name is invalid.
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise ScoreError(f"the archive is damaged ({first_line(error)})") from error


def _member(archive: zipfile.ZipFile, name: str, size_limit: int) -> bytes:
    info = archive.getinfo(name)
    if info.file_size > size_limit:
        raise ScoreError(f"the archive unpacks to more than {size_limit:,} bytes")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ScoreError("the archive uses a compression method that MusicXML does not allow")
    # zipfile never reads more than the declared size.
    return archive.read(info)


def _score_name(archive: zipfile.ZipFile, size_limit: int) -> str:
    """Returns the first score in the container file, or else the first in the archive."""
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
    raise ScoreError("the archive contains no MusicXML")


def _safe_xml(data: bytes) -> ET.Element:
    """Parses an XML document; rejects entity declarations, which can expand without bound."""

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
