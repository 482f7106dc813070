"""Validation of the captioner's raw inputs."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def checked_images(images: Any) -> list:
    """Returns images as a list of inputs of `read_image`.

    Raises:
        TypeError: If there is one image instead of a list.
    """
    if isinstance(images, np.ndarray) and images.ndim == 4:
        return list(images)
    if not isinstance(images, (list, tuple)):
        raise TypeError(
            "Give a list of images: files, their bytes, or arrays (height, width, 3). "
            f"Received: {_described(images)}"
        )
    return list(images)


def checked_captions(
    captions: Sequence, images: Sequence, default: str
) -> list[dict[str, tuple[str, ...]]]:
    """Returns the captions of every image, by language.

    Args:
        captions: For every image a caption, several, or a dictionary of these by language.
        images: The images.
        default: The language of captions that are not in a dictionary.

    Raises:
        ValueError: If the numbers of images and captions differ, or a caption has no word.
        TypeError: If a caption is not a string.
    """
    if captions is None or len(captions) != len(images):
        given = "none" if captions is None else len(captions)
        raise ValueError(f"There are {len(images)} images, and captions of {given}.")
    return [_by_language(index, each, default) for index, each in enumerate(captions)]


def _by_language(index, captions, default):
    if not isinstance(captions, Mapping):
        captions = {default: captions}
    return {
        language: tuple(_checked(index, text) for text in _several(texts))
        for language, texts in captions.items()
    }


def _several(texts):
    return (texts,) if isinstance(texts, str) or not isinstance(texts, Sequence) else texts


def _checked(index, text):
    if not isinstance(text, str):
        raise TypeError(
            f"A caption must be a string. Received for image {index}: {text!r} "
            f"(of type {type(text).__name__})"
        )
    if not text.strip():
        raise ValueError(f"Image {index} has an empty caption: leave it out.")
    return unicodedata.normalize("NFC", text)


def _described(value):
    return f"an array {value.shape}" if isinstance(value, np.ndarray) else repr(value)
