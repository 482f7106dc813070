"""The data sets of captioners: published ones by name, and the user's own folders."""

import os
from collections.abc import Iterable
from pathlib import Path

from seqzoo.errors import UsageError
from seqzoo.training.captioning.folders import load_folder
from seqzoo.training.captioning.published import load_coco_captions
from seqzoo.training.captioning.split import without_leaks
from seqzoo.training.captioning.tux_paint import load_tux_paint
from seqzoo.training.parts import Parts
from seqzoo.training.progress import note
from seqzoo.zoo.image_captioner.captioned_image import CaptionedImage

DATASETS = {
    "scenes": "drawn scenes of coloured shapes, captions in English and Portuguese",
    "tux-paint": "stamps of Tux Paint, where installed, captions in English and Portuguese",
    "coco-captions": "COCO 2014: photographs with five captions each, in English",
}
"""The published data sets: name and what they hold."""


def load(
    name: str | os.PathLike, data_dir: str | os.PathLike | None = None
) -> Parts[CaptionedImage]:
    """Loads a data set of captioned images in parts.

    Args:
        name: One of `DATASETS`; or a folder, see `load_folder`.
        data_dir: Where TensorFlow Datasets keeps what it prepared; its own default without one.

    Returns:
        The parts. Published ones are kept; where there are none, no picture and no caption is in
        two parts, see `split_by_picture_and_caption`.

    Raises:
        UsageError: If there is no such data set or folder.
        CaptionFileError: If the files of a folder cannot be read.
        SeqzooError: If a published data set is not installed, or cannot be downloaded.
    """
    if name == "scenes":
        from seqzoo.training.captioning.scenes.scene_parts import scene_parts

        return scene_parts()
    if name == "tux-paint":
        return load_tux_paint()
    if name == "coco-captions":
        return load_coco_captions(data_dir)
    if not Path(name).is_dir():
        raise UsageError(
            f"There is no data set and no folder {str(name)!r}: give a folder of images with "
            f"captions.csv, or one of {', '.join(DATASETS)}."
        )
    return load_folder(name)


def load_all(names: Iterable[str | os.PathLike]) -> Parts[CaptionedImage]:
    """Loads several data sets as one; what was skipped is said.

    What one of them holds out, no other one trains on; see `without_leaks`.

    Args:
        names: See `load`.
    """
    loaded = [load(name) for name in names]
    # One data set alone has nothing to compare with, and comparing reads all pictures.
    kept = without_leaks(loaded) if len(loaded) > 1 else loaded
    parts = sum(kept, Parts([], [], []))
    for sentence in parts.skipped:
        note(f"Skipped: {sentence}")
    return parts
