"""Scores as engraved pages."""

import itertools
import os
from pathlib import Path

import symusic

from seqzoo.errors import SeqzooError
from seqzoo.zoo.base.atomic import atomic_file


class EngravingError(SeqzooError):
    """Pages that cannot be engraved; says what is missing."""


def write_pages(score: symusic.Score, path: str | os.PathLike) -> list[Path]:
    """Engraves a score by verovio, a picture (SVG) for each page of A4.

    What is engraved is the MusicXML of `write_musicxml`.

    Args:
        score: The score.
        path: The pictures; to `score.svg`, `-1`, `-2`, ... are added: `score-1.svg`. Each takes
            its name when it is whole.

    Returns:
        The pictures, page by page. What an older, longer score had behind them is removed.

    Raises:
        EngravingError: If verovio is not installed.
        OSError: If a file cannot be written.
        ScoreError: If a note lies before the start or after 100,000 quarter notes.
    """
    path = Path(path)
    paths = []
    for number, page in enumerate(_pages(score, path.stem), start=1):
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


def _pages(score, title):
    try:
        import verovio
    except ImportError as error:
        raise EngravingError(
            "The pages are not engraved: for them, pip install 'seqzoo[music]'."
        ) from error
    from seqzoo.zoo.note_generator.musicxml_writer import musicxml

    verovio.enableLog(verovio.LOG_OFF)
    engraver = verovio.toolkit()
    # With fonts of its own, a page looks the same everywhere; without a seed its ids are random.
    engraver.setOptions({"svgViewBox": True, "footer": "none", "xmlIdSeed": 1})
    engraver.loadData(musicxml(score, title).decode())
    return [engraver.renderToSVG(page + 1) for page in range(engraver.getPageCount())]
