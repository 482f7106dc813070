"""The data sets of captioners: published ones by name, and the user's own folders."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqzoo.training.data.data_sets import DataSets
from seqzoo.training.data.images.coco_from_tfds import read_split
from seqzoo.training.data.images.duplicates import with_keys
from seqzoo.training.data.images.folders import load_folder
from seqzoo.training.data.leaks import Keyed
from seqzoo.training.data.published import CAPTIONED_IMAGES, DataSet
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage


class CaptionedImageSets(DataSets[CaptionedImage]):
    """Captioned images; two are duplicates if they share a picture or a caption.

    Published splits are kept. Other data is split so that no picture and no caption is in two
    splits; see `split_by_picture_and_caption`.
    """

    kind = CAPTIONED_IMAGES
    examples = "images"
    own = "a folder of images with captions.csv"
    place = "folder"

    def finds(self, path: Path) -> bool:
        """Returns whether a path is a folder."""
        return path.is_dir()

    def read(self, path: Path, **reading: str) -> Splits[CaptionedImage]:
        """Reads a folder; see `load_folder`."""
        return load_folder(path)

    def elements(self, data_set: DataSet, builder: Any, split: str) -> Iterator[CaptionedImage]:
        """Yields the photographs of COCO in a split."""
        return read_split(builder, split)

    def keyed(self, examples: Sequence[CaptionedImage]) -> Keyed[CaptionedImage]:
        """Returns the readable images, with keys of their picture and of all their captions."""
        return with_keys(examples)


CAPTIONED_IMAGE_SETS = CaptionedImageSets()
"""The data sets of captioned images."""
