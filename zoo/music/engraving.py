"""Engraving of scores."""

import itertools
import os
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import symusic

from seqzoo.core.atomic import atomic_file
from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.music.chord_symbols import PlacedChord

_NAMESPACE = "http://www.music-encoding.org/ns/mei"
_MEI = f"{{{_NAMESPACE}}}"
# verovio knows MEI by names without a prefix.
ET.register_namespace("", _NAMESPACE)


class EngravingError(SeqzooError):
    """Raised if pages cannot be engraved; the message says what is missing."""


def write_pages(
    score: symusic.Score,
    path: str | os.PathLike,
    composer: str | None = None,
    chords: Sequence[PlacedChord] = (),
) -> list[Path]:
    """Engraves the MusicXML of a score with verovio, one A4 page per SVG file.

    Args:
        score: The score.
        path: Base name of the files: `score.svg` becomes `score-1.svg`, `score-2.svg` and so on.
            Each is written atomically.
        composer: The composer line. Defaults to none.
        chords: Chord symbols above the upper staff. Defaults to none.

    Returns:
        The paths of the pages. Surplus pages of an older, longer score are removed.

    Raises:
        EngravingError: If verovio is not installed.
        OSError: If a file cannot be written.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    from seqzoo.zoo.music.musicxml.writer import musicxml

    path = Path(path)
    paths = []
    pages = engraved(musicxml(score, path.stem, composer, chords), composer)
    for number, page in enumerate(pages, start=1):
        paths.append(path.with_name(f"{path.stem}-{number}.svg"))
        with atomic_file(paths[-1]) as written:
            written.write_text(page, "utf-8")
    _remove_pages(path, from_number=len(paths) + 1)
    return paths


def _remove_pages(path: Path, from_number: int) -> None:
    for number in itertools.count(from_number):
        page = path.with_name(f"{path.stem}-{number}.svg")
        if not page.exists():
            return
        page.unlink()


def engraved(musicxml: bytes, composer: str | None = None, **layout: Any) -> list[str]:
    """Engraves MusicXML with verovio.

    Args:
        musicxml: The document.
        composer: The composer line. Defaults to none.
        **layout: Options of verovio, such as `pageWidth` in tenths of a millimetre. Defaults to
            pages of A4.

    Returns:
        The pages as SVG.

    Raises:
        EngravingError: If verovio is not installed.
    """
    try:
        import verovio
    except ImportError as error:
        raise EngravingError("The pages are not engraved: pip install 'seqzoo[music]'.") from error
    verovio.enableLog(verovio.LOG_OFF)
    engraver = verovio.toolkit()
    # verovio embeds its fonts, so a page looks the same everywhere; the seed makes its ids fixed.
    engraver.setOptions({"svgViewBox": True, "footer": "none", "xmlIdSeed": 1, **layout})
    engraver.loadData(musicxml.decode())
    if composer is not None:
        engraver.loadData(_headed(engraver.getMEI()))
    return [engraver.renderToSVG(page + 1) for page in range(engraver.getPageCount())]


def _headed(mei: str) -> str:
    """Returns the score with an explicit heading on the first page.

    By default verovio shows the title but not the composer.
    """
    root = ET.fromstring(mei)
    names = {"title": ("center", "top", "x-large"), "persName": ("right", "bottom", "medium")}
    heading = ET.Element(f"{_MEI}pgHead", func="first")
    for name, (across, up, size) in names.items():
        place = {"halign": across, "valign": up, "fontsize": size}
        words = root.findtext(f".//{_MEI}titleStmt//{_MEI}{name}")
        ET.SubElement(heading, f"{_MEI}rend", place).text = words
    next(root.iter(f"{_MEI}scoreDef")).insert(0, heading)
    return ET.tostring(root, "unicode")
