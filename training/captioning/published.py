"""COCO's captions from TensorFlow Datasets."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePath

from seqzoo.training.parts import Parts
from seqzoo.training.prepared import prepared, quiet
from seqzoo.zoo.base.atomic import atomic_file
from seqzoo.zoo.image_captioner.captioned_image import CaptionedImage

# The fourth split of Karpathy and Li, what they left over of COCO's validation part, is trained
# on, as in the papers that compare by it.
_SPLITS = {"train": ("train", "restval"), "validation": ("val",), "test": ("test",)}


def load_coco_captions(data_dir: str | os.PathLike | None = None) -> Parts[CaptionedImage]:
    """Loads COCO 2014 with the split of Karpathy and Li (2015); it is prepared on the first call.

    The images are then written beside the prepared data, as the files they were: all of them
    together are more than most memories hold.

    Args:
        data_dir: Where prepared data is kept; TFDS's own default without one.

    Raises:
        SeqzooError: If it cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    builder = prepared("coco-captions", lambda: tfds.builder("coco_captions", data_dir=data_dir))
    with quiet():
        parts = {
            part: [image for split in splits for image in _images(builder, split)]
            for part, splits in _SPLITS.items()
        }
    return Parts(**parts)


def _images(builder, split) -> Iterator[CaptionedImage]:
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
