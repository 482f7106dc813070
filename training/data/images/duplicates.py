"""Duplicates among captioned images."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from seqzoo.core.progress import progress_bar
from seqzoo.training.data.leaks import Keyed
from seqzoo.zoo.images.captioned_image import CaptionedImage
from seqzoo.zoo.images.reader import ImageError, read_image


def caption_keys(image: CaptionedImage) -> set[str]:
    """Returns the keys of an image's captions, in all languages.

    Captions that differ only in letter case, punctuation and spaces have the same key.

    >>> caption_keys(CaptionedImage("a", "a.png", {"en": ("A star.", "a  star!"), "pt": ()}))
    {'a star'}
    """
    return {_caption_key(text) for texts in image.captions.values() for text in texts}


def with_keys(images: Sequence[CaptionedImage]) -> Keyed[CaptionedImage]:
    """Returns images with keys that they share with images of the same picture or caption.

    Pictures are the same if their pixels are equal, even if the files differ. Reads all pictures.
    """
    keyed: Keyed[CaptionedImage] = Keyed([], [], [])
    # Decoding, most of the work, releases the interpreter lock.
    with ThreadPoolExecutor() as pool, progress_bar("Comparing pictures", len(images)) as advance:
        for image, (key, problem) in zip(images, pool.map(_picture_key, images), strict=True):
            if problem:
                keyed.unreadable.append(problem)
            else:
                keyed.examples.append(image)
                keyed.keys.append({key} | caption_keys(image))
            advance()
    return keyed


def _caption_key(text):
    text = unicodedata.normalize("NFC", text).casefold()
    # A caption that consists of symbols only is its own key.
    return " ".join(re.findall(r"\w+", text)) or text


def _picture_key(image):
    """Returns a key of the pixels, or the reason why the image cannot be read."""
    try:
        pixels = read_image(image.image)
    except ImageError as error:
        return None, str(error)
    digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
    return f"pixels {digest}", None
