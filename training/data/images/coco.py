"""Folders with COCO's caption files.

Source: Chen et al., "Microsoft COCO Captions: Data Collection and Evaluation Server", 2015.
"""

import json
import re
from pathlib import Path

from seqzoo.training.data.images.caption_rows import (
    CaptionFileError,
    CaptionRow,
    captioned_images,
    read_text,
)
from seqzoo.training.data.images.duplicates import caption_keys
from seqzoo.training.data.images.split import divide, split_by_picture_and_caption
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage


def find_annotations(folder: Path) -> dict[str, Path]:
    """Finds the caption files, by the name of their image folder: `train2014`, `val2017`."""
    paths = sorted(folder.glob("annotations/captions_*.json"))
    names = {path: re.fullmatch(r"captions_((train|val)\d{4})\.json", path.name) for path in paths}
    return {found[1]: path for path, found in names.items() if found}


def load_coco(folder: Path) -> Splits[CaptionedImage]:
    """Loads COCO's captions, of 2014 or of 2017.

    `annotations/captions_train2014.json` holds the captions of the images in `train2014`, and so
    on; the images may also be in `images/train2014`, in `images` or in the folder itself. The
    training split is the published one. The published validation split is halved into validation
    and test, since the captions of the published test split are not public; two images with a
    caption in common stay in one half. If there is only one of the two files, its images are split
    as in `split_by_picture_and_caption`.

    Raises:
        CaptionFileError: If there are files of both years, whose splits share images; if a file
            cannot be read; or if two images in a file have the same id.
    """
    paths = find_annotations(folder)
    if len({name[-4:] for name in paths}) > 1:
        raise CaptionFileError(
            f"{folder / 'annotations'} has captions of 2014 and of 2017, which split the same "
            "images differently; keep those of one year."
        )
    loaded = [
        captioned_images(_read(path), _image_folders(folder, name)) for name, path in paths.items()
    ]
    skipped = [sentence for _, sentences in loaded for sentence in sentences]
    if len(loaded) == 1:
        return split_by_picture_and_caption(loaded[0][0]) + Splits([], [], [], skipped)
    (train, _), (held_out, _) = loaded
    test, validation = divide(held_out, [caption_keys(image) for image in held_out], (0.5,))
    return Splits(train, validation, test, skipped)


def _image_folders(folder, name):
    return [folder / name, folder / "images" / name, folder / "images", folder]


def _read(path):
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise CaptionFileError(
            f"{path}, line {error.lineno}: this is not JSON ({error.msg}); get the file again."
        ) from error
    names: dict[object, str] = {}
    for image, place in _entries(content, "images", path):
        identifier, name = _id(image, "id", place), _field(image, "file_name", str, place)
        if names.setdefault(identifier, name) != name:
            raise CaptionFileError(
                f"{place}: {name} has the id {identifier} of {names[identifier]}, so that their "
                "captions cannot be told apart; give every image an id of its own."
            )
    return [
        CaptionRow(_name(names, entry, place), _field(entry, "caption", str, place), place)
        for entry, place in _entries(content, "annotations", path)
    ]


def _entries(content, name, path):
    """Yields the entries of a list with their positions: parsed JSON has no line numbers."""
    entries = _field(content, name, list, path)
    return [(entry, f"{path}, {name}[{index}]") for index, entry in enumerate(entries)]


def _name(names, entry, place):
    image = _id(entry, "image_id", place)
    if image not in names:
        raise CaptionFileError(
            f"{place}: the list images has no image {image}; get COCO's file again."
        )
    return names[image]


def _id(entry, name, place):
    """Returns an id as text, since some programs write numbers as text or as floats."""
    identifier = _field(entry, name, (int, float, str), place)
    if isinstance(identifier, float) and identifier.is_integer():
        identifier = int(identifier)
    return str(identifier).strip()


def _field(entry, name, kind, place):
    value = entry.get(name) if isinstance(entry, dict) else None
    if not isinstance(value, kind):
        raise CaptionFileError(f"{place}: there is no {name} here; get COCO's file again.")
    return value
