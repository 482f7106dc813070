"""What a captioner learns from."""

import dataclasses
import os
from collections.abc import Mapping

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class CaptionedImage:
    """An image and what people wrote about it.

    Attributes:
        name: What it is called in reports.
        image: A file, the bytes of one, or pixels, as `read_image` takes them.
        captions: The captions, each as good as the others, by language (`"en"`, `"pt"`).
    """

    name: str
    image: str | os.PathLike | bytes | np.ndarray
    captions: Mapping[str, tuple[str, ...]]
