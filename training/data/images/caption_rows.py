"""Captions as files hold them, a row each, and the images that they are about."""

import codecs
import dataclasses
from collections.abc import Sequence
from pathlib import Path, PurePath

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images.image_search import ImageSearch
from seqzoo.zoo.images.captioned_image import CaptionedImage

DEFAULT_LANGUAGE = "en"
"""The language of captions that name none."""


class CaptionFileError(SeqzooError, ValueError):
    """Files of captions that are not what they should be."""


def read_text(path: Path) -> str:
    """Reads UTF-8 text, with or without a byte order mark; every line ends in a line feed then.

    Raises:
        CaptionFileError: If the file cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise CaptionFileError(
            f"{path} cannot be read ({error.strerror}); check the path."
        ) from error
    try:
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CaptionFileError(
            f"{path}, line {line}: this is not UTF-8; save the file in that encoding."
        ) from error


@dataclasses.dataclass(frozen=True)
class CaptionRow:
    """A caption as a file holds it.

    Attributes:
        image: The file of the image, relative to the folder of images.
        caption: The caption.
        place: Where the row stands, for messages: the file and the line.
        language: The language of the caption.
    """

    image: str
    caption: str
    place: str
    language: str = DEFAULT_LANGUAGE


def captioned_images(
    rows: Sequence[CaptionRow], folders: Sequence[Path]
) -> tuple[list[CaptionedImage], list[str]]:
    """Joins the rows of each image.

    Args:
        rows: The rows. Those without a caption are skipped, and so are those that repeat one.
        folders: Where the images are looked for, in this order; see `ImageSearch`. Those in none of
            them are skipped. The first is named in messages.

    Returns:
        The images in the order of the rows, whitespace in their captions made single spaces; and
        what was skipped, a sentence for each reason.

    Raises:
        CaptionFileError: If a row leads out of the folders, there is no caption, or no image is
            found.
    """
    for row in rows:
        _check_inside(row)
    filled = [row for row in rows if row.caption.split()]
    if not filled:
        raise CaptionFileError(f"{folders[0]} has no captions; write at least one to its file.")
    search = ImageSearch(folders)
    paths = search.find_all(map(_image, filled))
    missing = [image for image, path in paths.items() if path is None]
    hint = _nearest(search, missing, paths)
    if len(missing) == len(paths):
        raise CaptionFileError(
            f"None of the {len(missing)} images that have captions is in {folders[0]}; put them "
            f"there, or correct their names: {missing[0]} was looked for in {search.places()}"
            f"{hint}."
        )
    images, repeated = _joined(filled, paths)
    skipped = []
    if missing:
        skipped.append(
            f"{len(missing)} of {len(paths)} images, for lack of a file in {folders[0]}; the first "
            f"is {missing[0]}{hint}."
        )
    empty = [row for row in rows if not row.caption.split()]
    for unused, why in (empty, "for lack of a caption"), (repeated, "which repeat an earlier one"):
        if unused:
            skipped.append(
                f"{len(unused)} of {len(rows)} rows, {why}; the first is {unused[0].place}."
            )
    return images, skipped


def _nearest(search, missing, paths):
    """The end of a sentence: which file may be meant by the first missing image."""
    nearest = search.nearest(missing[0], set(paths.values())) if missing else None
    return f", and the file with the nearest name is {nearest}" if nearest else ""


def _image(row):
    # Windows writes folders so.
    return PurePath(row.image.replace("\\", "/"))


def _check_inside(row):
    image = _image(row)
    if image.is_absolute() or ".." in image.parts:
        raise CaptionFileError(
            f"{row.place}: {row.image!r} leads out of the folder of images; name a file in it."
        )


def _joined(rows, paths):
    """The images that were found, with their captions, and the rows that repeat one."""
    captions: dict[Path, dict[str, list[str]]] = {}
    names: dict[Path, str] = {}
    repeated = []
    for row in rows:
        path = paths[_image(row)]
        if path is None:
            continue
        # A file that is written in two ways is one image.
        names.setdefault(path, _image(row).as_posix())
        texts = captions.setdefault(path, {}).setdefault(row.language, [])
        text = " ".join(row.caption.split())
        if text in texts:
            repeated.append(row)
        else:
            texts.append(text)
    images = [
        CaptionedImage(names[path], path, _as_tuples(its_captions))
        for path, its_captions in captions.items()
    ]
    return images, repeated


def _as_tuples(captions):
    return {language: tuple(texts) for language, texts in captions.items()}
