"""COCO's captions from TensorFlow Datasets."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from seqzoo.core.atomic import atomic_file
from seqzoo.zoo.images.captioned_image import CaptionedImage


def read_split(builder: Any, split: str) -> Iterator[CaptionedImage]:
    """Yields the images of a split.

    The original image files are written beside the prepared data, since all of them together do
    not fit into memory on most machines.

    Args:
        builder: The prepared builder of COCO 2014 with the split of Karpathy and Li (2015).
        split: The builder's name of the split.
    """
    import tensorflow_datasets as tfds

    folder = Path(builder.data_dir) / "images"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = tfds.decode.PartialDecoding(
        {"image": True, "image/filename": True, "captions": {"text": True}},
        decoders={"image": tfds.decode.SkipDecoding()},
    )
    elements = builder.as_dataset(split=split, decoders=wanted, shuffle_files=False)
    for element in elements.as_numpy_iterator():
        name = PurePath(element["image/filename"].decode()).name
        texts = (text.decode().split() for text in element["captions"]["text"])
        captions = tuple(" ".join(words) for words in texts if words)
        yield CaptionedImage(name, _as_file(folder / name, element["image"]), {"en": captions})


def _as_file(path, contents):
    if not path.exists():
        with atomic_file(path) as written:
            written.write_bytes(contents)
    return path
