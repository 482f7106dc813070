"""Files of Flickr8k and Flickr30k: captions, and Flickr8k's lists of its splits.

Sources: Hodosh, Young and Hockenmaier, "Framing Image Description as a Ranking Task: Data, Models
and Evaluation Metrics", 2013; Young et al., "From image descriptions to visual denotations", 2014.
"""

import re
from pathlib import Path

from seqzoo.training.data.images.caption_rows import CaptionFileError, CaptionRow, read_text
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage

TOKEN_FILES = ("Flickr8k.token.txt", "results_20130124.token")
"""The caption files in the published archives."""

IMAGE_FOLDERS = (
    "Images",
    "images",
    "Flicker8k_Dataset",
    "Flickr8k_Dataset",
    "flickr30k-images",
    "flickr30k_images",
)
"""Names of image folders; the third is how the published archive of Flickr8k spells it."""

_TOKEN_LINE = r"([^\t]+)#\d+\t(.*)"

_LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "validation": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}


def has_tokens(path: Path) -> bool:
    """Returns whether `read_tokens` reads a caption file, judged by its name or first line.

    Raises:
        CaptionFileError: If the file cannot be read.
    """
    first = read_text(path).lstrip("\n").partition("\n")[0]
    return path.name in TOKEN_FILES or re.fullmatch(_TOKEN_LINE, first) is not None


def read_tokens(path: Path) -> list[CaptionRow]:
    r"""Reads captions; each line holds `name.jpg#0`, where 0 is a number, a tab and the caption.

    Raises:
        CaptionFileError: If the file cannot be read, or has a bad line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "Flickr8k.token.txt"
    ...     _ = path.write_text("a.jpg#0\tA dog sleeps .\n")
    ...     [(row.image, row.caption) for row in read_tokens(path)]
    [('a.jpg', 'A dog sleeps .')]
    """
    rows = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        place = f"{path}, line {number}"
        found = re.fullmatch(_TOKEN_LINE, line)
        if found:
            rows.append(CaptionRow(found[1], found[2], place))
        elif line.strip():
            raise CaptionFileError(
                f"{place}: this is not a caption; write the image, #, a number, a tab and the "
                "caption."
            )
    return rows


def read_lists(folder: Path) -> dict[str, str]:
    """Reads the split lists in a folder.

    Returns:
        The split of each listed image; empty if there is no list.

    Raises:
        CaptionFileError: If a list cannot be read, or an image is in two lists.
    """
    split_of: dict[str, str] = {}
    for split, name in _LISTS.items():
        path = folder / name
        lines = read_text(path).split("\n") if path.is_file() else []
        for number, image in enumerate(map(str.strip, lines), 1):
            if image and split_of.setdefault(image, split) != split:
                raise CaptionFileError(
                    f"{path}, line {number}: {image!r} is in the {split_of[image]} split too; "
                    "leave it in one of them."
                )
    return split_of


def splits_by_lists(
    images: list[CaptionedImage], split_of: dict[str, str]
) -> Splits[CaptionedImage]:
    """Splits images by the official lists; unlisted images are skipped.

    Args:
        images: The images.
        split_of: See `read_lists`.
    """
    splits = {split: [i for i in images if split_of.get(i.name) == split] for split in _LISTS}
    unlisted = [image.name for image in images if image.name not in split_of]
    skipped = []
    if unlisted:
        skipped.append(
            f"{len(unlisted)} of {len(images)} images, which no list of a split names; the first "
            f"is {unlisted[0]}."
        )
    return Splits(**splits, skipped=skipped)
