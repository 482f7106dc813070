"""Captioned images, and captions with their scores."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

ImageSource: TypeAlias = str | os.PathLike | bytes | np.ndarray
"""An image file, the bytes of one, or pixels, as `read_image` takes them."""

Images: TypeAlias = Sequence[ImageSource] | np.ndarray
"""Several image sources."""

Captions: TypeAlias = str | Sequence[str] | Mapping[str, str | Sequence[str]]
"""A caption of an image, several, or a dictionary of these by language."""


@dataclasses.dataclass(frozen=True, eq=False)
class CaptionedImage:
    """An image and what people wrote about it.

    Attributes:
        name: Its name in reports.
        image: A file, the bytes of one, or pixels, as `read_image` takes them.
        captions: Equivalent captions, by language (`"en"`, `"pt"`).
    """

    name: str
    image: ImageSource
    captions: Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True)
class Caption:
    """A sentence about an image.

    Attributes:
        text: The sentence.
        score: The mean log-probability of its tokens, including the end, in nats; 0 is certain.
    """

    text: str
    score: float
