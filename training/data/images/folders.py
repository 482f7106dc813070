"""Captioned images from folders."""

import os
from pathlib import Path

from seqzoo.training.data.images.archives import unpacked_images
from seqzoo.training.data.images.caption_rows import (
    CaptionFileError,
    captioned_images,
    splits_of_rows,
)
from seqzoo.training.data.images.caption_table import read_table
from seqzoo.training.data.images.coco import find_annotations, load_coco
from seqzoo.training.data.images.flickr8k import (
    IMAGE_FOLDERS,
    TOKEN_FILES,
    has_tokens,
    read_lists,
    read_tokens,
    splits_by_lists,
)
from seqzoo.training.data.images.split import split_by_picture_and_caption
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage

CAPTION_FILES = (
    *("captions.csv", "captions.tsv", "captions.tsv.gz", "captions.txt", "results.csv"),
    *TOKEN_FILES,
)
"""The names of caption files."""


def load_folder(folder: str | os.PathLike) -> Splits[CaptionedImage]:
    """Loads the captioned images of a folder.

    A folder holds one of these:

    - a caption table, `captions.csv`, `captions.tsv`, `captions.tsv.gz`, `captions.txt`, or
      `results.csv` as in the common copies of Flickr30k (see `read_table`), and the images, in the
      folder itself, in one of `IMAGE_FOLDERS`, or in `images.tar`;
    - the published files of Flickr8k or Flickr30k, such as `Flickr8k.token.txt` and
      `Flicker8k_Dataset`; the captions may have the name of a table too;
    - those of COCO; see `load_coco`.

    The column `split` of a table defines the splits; otherwise the published lists beside the
    captions do (`Flickr_8k.trainImages.txt`, `devImages`, `testImages`). Without both, the images
    are split as in `split_by_picture_and_caption`.

    Args:
        folder: The folder.

    Raises:
        CaptionFileError: If there are no captions, a caption file is malformed, or no image is
            found.
    """
    folder = Path(folder)
    if find_annotations(folder):
        return load_coco(folder)
    path = _caption_file(folder)
    rows = read_tokens(path) if has_tokens(path) else read_table(path)
    places = [place for place in (folder, unpacked_images(folder)) if place]
    images, skipped = captioned_images(
        rows, [place / name for place in places for name in ("", *IMAGE_FOLDERS)]
    )
    split_of = splits_of_rows(rows) or read_lists(folder)
    splits = splits_by_lists(images, split_of) if split_of else split_by_picture_and_caption(images)
    return splits + Splits([], [], [], skipped)


def _caption_file(folder):
    found = [name for name in CAPTION_FILES if (folder / name).is_file()]
    if not found:
        raise CaptionFileError(
            f"{folder} has no captions; put captions.csv there, with the columns image and "
            "caption, or the files of Flickr8k or COCO."
        )
    if len(found) > 1:
        raise CaptionFileError(f"{folder} has {' and '.join(found)}; keep one of them.")
    return folder / found[0]
