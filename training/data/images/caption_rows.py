"""Rows of caption files, and the images that they describe."""

import codecs
import dataclasses
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePath

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images.image_search import ImageSearch
from seqzoo.zoo.images.captioned_image import CaptionedImage

DEFAULT_LANGUAGE = "en"
"""The language of captions without a language column."""


_LONGEST = 2**30


class CaptionFileError(SeqzooError, ValueError):
    """A caption file that is missing, malformed or inconsistent."""


def read_text(path: Path) -> str:
    """Reads UTF-8 text, with or without a byte order mark, and converts line ends to line feeds.

    A file whose name ends in `.gz` is decompressed, up to a gigabyte.

    Raises:
        CaptionFileError: If the file cannot be read, or is not UTF-8.
    """
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            data = file.read(_LONGEST).removeprefix(codecs.BOM_UTF8)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CaptionFileError(f"{path} cannot be read ({reason}); check the path.") from error
    try:
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CaptionFileError(
            f"{path}, line {line}: this is not UTF-8; save the file in that encoding."
        ) from error


@dataclasses.dataclass(frozen=True)
class CaptionRow:
    """One row of a caption file.

    Attributes:
        image: The file of the image, relative to the folder of images.
        caption: The caption.
        place: The file and the line of the row, for messages.
        language: The language of the caption.
        split: The split of the image, `"train"`, `"validation"` or `"test"`; `None` if the file
            does not say.
    """

    image: str
    caption: str
    place: str
    language: str = DEFAULT_LANGUAGE
    split: str | None = None


def captioned_images(
    rows: Sequence[CaptionRow], folders: Sequence[Path]
) -> tuple[list[CaptionedImage], list[str]]:
    """Groups rows by image.

    Args:
        rows: The rows. Rows without a caption and rows that repeat another are skipped.
        folders: The folders to search for images, in this order; see `ImageSearch`. Images that
            are in none of them are skipped. Messages name the first.

    Returns:
        The images in the order of the rows, with whitespace in their captions collapsed to single
        spaces; and one sentence for each reason why something was skipped.

    Raises:
        CaptionFileError: If the path in a row leaves the folders, there is no caption, or no
            image is found.
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


def splits_of_rows(rows: Sequence[CaptionRow]) -> dict[str, str]:
    """Returns the split of each image whose rows name one.

    Raises:
        CaptionFileError: If the rows of an image name two splits.
    """
    split_of: dict[str, str] = {}
    for row in rows:
        name = _image(row).as_posix()
        if row.split and split_of.setdefault(name, row.split) != row.split:
            raise CaptionFileError(
                f"{row.place}: {row.image!r} is in the {split_of[name]} split too; give all its "
                "captions the same split."
            )
    return split_of


def _nearest(search, missing, paths):
    """Returns the end of a message: the file whose name is nearest to the first missing image."""
    nearest = search.nearest(missing[0], set(paths.values())) if missing else None
    return f", and the file with the nearest name is {nearest}" if nearest else ""


def _image(row):
    # Paths written on Windows have backslashes.
    return PurePath(row.image.replace("\\", "/"))


def _check_inside(row):
    image = _image(row)
    if image.is_absolute() or ".." in image.parts:
        raise CaptionFileError(
            f"{row.place}: {row.image!r} leads out of the folder of images; name a file in it."
        )


def _joined(rows, paths):
    """Returns the images that were found, with their captions, and the duplicate rows."""
    captions: dict[Path, dict[str, list[str]]] = {}
    names: dict[Path, str] = {}
    repeated = []
    for row in rows:
        path = paths[_image(row)]
        if path is None:
            continue
        # Two spellings of one file are one image.
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
