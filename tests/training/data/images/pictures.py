"""Small pictures to write to folders, each of other pixels."""

import io

import numpy as np
from PIL import Image


def picture(number):
    """The picture of that number."""
    pixels = np.random.default_rng(number).integers(0, 256, (4, 5, 3), dtype="uint8")
    return Image.fromarray(pixels)


def write_picture(path, number):
    """Writes the picture of that number, as what the name of the file says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(number).save(path)


def encoded(number, kind="PNG", **options):
    """The bytes of a file of the picture of that number."""
    file = io.BytesIO()
    picture(number).save(file, kind, **options)
    return file.getvalue()
