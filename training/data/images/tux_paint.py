"""Stamps of the drawing program Tux Paint: pictures of things, named in many languages.

Source: https://tuxpaint.org/stamps/, GPL-2. The installed stamps are read.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images.caption_rows import read_text
from seqzoo.training.data.images.split import split_by_picture_and_caption
from seqzoo.training.data.local_data import local
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage

INSTALLED = Path("/usr/share/tuxpaint/stamps")
"""The folder in which Debian's package installs the stamps."""

_PORTUGUESE = "pt_BR.utf8"


def load_tux_paint() -> Splits[CaptionedImage]:
    """Loads the stamps in `$SEQZOO_DATA/tux-paint` if it exists, and the installed ones otherwise.

    They are split as in `split_by_picture_and_caption`.

    Raises:
        SeqzooError: If there are no stamps.
    """
    stamps, skipped = read_stamps(local("tux-paint") or INSTALLED)
    return split_by_picture_and_caption(stamps) + Splits([], [], [], skipped)


def read_stamps(folder: str | os.PathLike) -> tuple[list[CaptionedImage], list[str]]:
    """Reads the stamps of a folder and the folders below it.

    The text file beside a picture names it, in English on the first line, and in other languages
    on lines such as `pt_BR.utf8=Uma estrela.`; the English and the Brazilian names are used.
    Mirrored pictures (`star_mirror.png`) have no text and are left out, as are stamps that exist
    in SVG only.

    Args:
        folder: The folder.

    Returns:
        The stamps, sorted by name, and one sentence for what was skipped.

    Raises:
        SeqzooError: If the folder has no stamps, or a text cannot be read.
    """
    folder = Path(folder)
    texts = sorted(folder.rglob("*.txt"))
    stamps = [
        CaptionedImage(
            text.relative_to(folder).with_suffix("").as_posix(),
            text.with_suffix(".png"),
            _captions(read_text(text)),
        )
        for text in texts
        if _has(text, ".png")
    ]
    if not stamps:
        raise SeqzooError(
            f"{folder} has no stamps of Tux Paint; install them: apt install "
            "tuxpaint-stamps-default."
        )
    drawn = sum(_has(text, ".svg") and not _has(text, ".png") for text in texts)
    sentence = f"{drawn} of {drawn + len(stamps)} stamps of {folder}, drawn in SVG alone."
    return stamps, [sentence] if drawn else []


def _has(text, ending):
    return text.with_suffix(ending).is_file()


def _captions(text: str) -> Mapping[str, tuple[str, ...]]:
    """Returns the captions in a text file by language, without empty ones."""
    english, *others = text.split("\n")
    translations = dict(line.split("=", 1) for line in others if "=" in line)
    names = {"en": english, "pt": translations.get(_PORTUGUESE, "")}
    return {language: (" ".join(name.split()),) for language, name in names.items() if name.strip()}
