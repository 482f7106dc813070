"""Scores as engraved pages."""

import itertools
import os
import xml.etree.ElementTree as ET
from pathlib import Path

import symusic

from seqzoo.core.atomic import atomic_file
from seqzoo.core.errors import SeqzooError

_NAMESPACE = "http://www.music-encoding.org/ns/mei"
_MEI = f"{{{_NAMESPACE}}}"
# verovio knows MEI by names without a prefix.
ET.register_namespace("", _NAMESPACE)


class EngravingError(SeqzooError):
    """Pages that cannot be engraved; says what is missing."""


def write_pages(
    score: symusic.Score, path: str | os.PathLike, composer: str | None = None
) -> list[Path]:
    """Engraves a score by verovio, a picture (SVG) for each page of A4.

    What is engraved is the MusicXML of `write_musicxml`.

    Args:
        score: The score.
        path: The pictures; to `score.svg`, `-1`, `-2`, ... are added: `score-1.svg`. Each takes
            its name when it is whole.
        composer: A line that names who composed the piece. Defaults to none.

    Returns:
        The pictures, page by page. What an older, longer score had after them is removed.

    Raises:
        EngravingError: If verovio is not installed.
        OSError: If a file cannot be written.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    path = Path(path)
    paths = []
    for number, page in enumerate(_pages(score, path.stem, composer), start=1):
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


def _pages(score, title, composer):
    try:
        import verovio
    except ImportError as error:
        raise EngravingError(
            "The pages are not engraved: for them, pip install 'seqzoo[music]'."
        ) from error
    from seqzoo.zoo.music.musicxml.writer import musicxml

    verovio.enableLog(verovio.LOG_OFF)
    engraver = verovio.toolkit()
    # With fonts of its own, a page looks the same everywhere; without a seed its ids are random.
    engraver.setOptions({"svgViewBox": True, "footer": "none", "xmlIdSeed": 1})
    engraver.loadData(musicxml(score, title, composer).decode())
    if composer is not None:
        engraver.loadData(_headed(engraver.getMEI()))
    return [engraver.renderToSVG(page + 1) for page in range(engraver.getPageCount())]


def _headed(mei: str) -> str:
    """The same score with the heading of its first page written out.

    Of its own accord verovio shows the title and leaves out the composer.
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
