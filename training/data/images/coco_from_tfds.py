"""COCO's captions from TensorFlow Datasets."""

from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from seqzoo.core.atomic import atomic_file
from seqzoo.zoo.images.captioned_image import CaptionedImage


def read_split(builder: Any, split: str) -> Iterator[CaptionedImage]:
    """The images of a split.

    They are written beside the prepared data, as the files they were: all of them together are
    more than most memories hold.

    Args:
        builder: That of COCO 2014 with the split of Karpathy and Li (2015), prepared.
        split: The name of the split there.
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
