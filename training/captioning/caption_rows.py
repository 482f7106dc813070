"""Captions as files hold them, a row each, and the images that they are about."""

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path, PurePath

from seqzoo.errors import SeqzooError
from seqzoo.zoo.image_captioner.captioned_image import CaptionedImage

DEFAULT_LANGUAGE = "en"
"""The language of captions that name none."""


class CaptionFileError(SeqzooError, ValueError):
    """Files of captions that are not what they should be."""


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
        rows: The rows. Those without a caption are skipped.
        folders: Where the images are looked for, in this order. Those in none of them are skipped.

    Returns:
        The images in the order of the rows, whitespace in their captions made single spaces; and
        what was skipped, a sentence for each reason.

    Raises:
        CaptionFileError: If a row leads out of the folders, there is no caption, or no image is
            found.
    """
    captions, empty = _by_image(rows)
    if not captions:
        raise CaptionFileError(f"{folders[-1]} has no captions; write at least one to its file.")
    paths = {image: _find(image, folders) for image in captions}
    missing = [image for image, path in paths.items() if path is None]
    if len(missing) == len(paths):
        raise CaptionFileError(
            f"None of the {len(missing)} images that have captions is in {folders[-1]}; put them "
            "there."
        )
    images = [
        CaptionedImage(image.as_posix(), paths[image], _as_tuples(its_captions))
        for image, its_captions in captions.items()
        if paths[image] is not None
    ]
    skipped = []
    if missing:
        skipped.append(
            f"{len(missing)} of {len(paths)} images, for lack of a file in {folders[-1]}; the "
            f"first is {missing[0]}."
        )
    if empty:
        skipped.append(
            f"{len(empty)} of {len(rows)} rows, for lack of a caption; the first is "
            f"{empty[0].place}."
        )
    return images, skipped


def _by_image(rows):
    """The captions of each image by language, and the rows that have none."""
    captions, empty = {}, []
    for row in rows:
        image = PurePath(row.image)
        if image.is_absolute() or ".." in image.parts:
            raise CaptionFileError(
                f"{row.place}: {row.image!r} leads out of the folder of images; name a file in it."
            )
        text = " ".join(row.caption.split())
        if text:
            captions.setdefault(image, {}).setdefault(row.language, []).append(text)
        else:
            empty.append(row)
    return captions, empty


def _find(image, folders):
    # Unlike `Path.is_file`, this takes any text, however long.
    return next((folder / image for folder in folders if os.path.isfile(folder / image)), None)


def _as_tuples(captions):
    return {language: tuple(texts) for language, texts in captions.items()}
