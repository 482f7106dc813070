"""Pixels of pictures that Pillow has opened."""

import numpy as np
from PIL import Image

from seqzoo.zoo.images.orientations import UPRIGHT, turn_upright

# TIFF tags, and the value of one.
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO = 0


class UnknownRangeError(ValueError):
    """Samples with an unknown white level; the message names their type."""


def rgb_pixels(image: Image.Image) -> np.ndarray:
    """Returns the pixels of a picture's first frame as upright RGB on a white background.

    Args:
        image: A picture of any mode with 8 or 16 bits a sample.

    Returns:
        uint8 (height, width, 3).

    Raises:
        UnknownRangeError: If its samples are 32-bit integers or floats.
        Exception: Any error of Pillow if the file is damaged, or of an unsupported kind.
    """
    image.load()
    pixels = np.asarray(_rgb(image))
    # Copies even upright images: Pillow's pixels are read-only.
    return np.array(turn_upright(pixels, _orientation(image)), order="C")


def _rgb(image):
    if image.mode in ("I", "F"):
        kinds = {"I": "32-bit integers", "F": "floats"}
        raise UnknownRangeError(kinds[image.mode])
    if image.mode.startswith("I;16"):
        image = Image.fromarray(_upper_8_bits(image))
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _upper_8_bits(image):
    """Reduces grey samples to 8 bits; Pillow's own conversion would clip values above 255."""
    tags = getattr(image, "tag_v2", {})
    (bits,) = tags.get(_BITS_PER_SAMPLE, (16,))
    grey = (np.asarray(image) >> (bits - 8)).astype(np.uint8)
    # Pillow inverts samples of fewer bits only.
    return 255 - grey if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else grey


def _on_white(image):
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _orientation(image):
    """Returns the Exif orientation; that of TIFF files is a TIFF tag, which Pillow applies."""
    exif = image.info.get("exif")
    if not exif:
        return UPRIGHT
    # Importing TensorFlow takes seconds.
    import tensorflow as tf

    from seqzoo.zoo.images.exif_orientation import exif_orientation

    return int(exif_orientation(tf.io.decode_raw(exif, tf.uint8)))
