"""What makes two captioned images the same for a split."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from seqzoo.training.progress import progress_bar
from seqzoo.zoo.image_captioner.captioned_image import CaptionedImage
from seqzoo.zoo.image_captioner.image_reader import ImageError, read_image


class KeyedImages(NamedTuple):
    """Images and what they share.

    Attributes:
        images: The images that can be read.
        keys: The keys of each: images that have one in common are the same for a split.
        unreadable: A sentence for each image that cannot be read.
    """

    images: list[CaptionedImage]
    keys: list[set[str]]
    unreadable: list[str]


def caption_keys(image: CaptionedImage) -> set[str]:
    """Keys of the captions of an image, in all languages.

    Captions that differ only in letter case, punctuation and spaces have the same key.

    >>> caption_keys(CaptionedImage("a", "a.png", {"en": ("A star.", "a  star!"), "pt": ()}))
    {'a star'}
    """
    return {_caption_key(text) for texts in image.captions.values() for text in texts}


def with_keys(images: Sequence[CaptionedImage]) -> KeyedImages:
    """Finds the keys that images share with others of the same picture or of a same caption.

    Pictures are the same if their pixels are, whatever the files are. All of them are read.
    """
    keyed = KeyedImages([], [], [])
    # Decoding, the bulk of the work, leaves the interpreter to other threads.
    with ThreadPoolExecutor() as pool, progress_bar("Comparing pictures", len(images)) as advance:
        for image, (key, problem) in zip(images, pool.map(_picture_key, images), strict=True):
            if problem:
                keyed.unreadable.append(problem)
            else:
                keyed.images.append(image)
                keyed.keys.append({key} | caption_keys(image))
            advance()
    return keyed


def _caption_key(text):
    text = unicodedata.normalize("NFC", text).casefold()
    # A caption of symbols alone is its own key.
    return " ".join(re.findall(r"\w+", text)) or text


def _picture_key(image):
    """A key of the pixels, or why there is none."""
    try:
        pixels = read_image(image.image)
    except ImageError as error:
        return None, str(error)
    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return f"pixels {digest}", None
