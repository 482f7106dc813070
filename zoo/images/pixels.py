"""The pixels of a picture that Pillow has opened."""

import numpy as np
from PIL import Image

from seqzoo.zoo.images.orientations import UPRIGHT, turn_upright

# Tags of TIFF, and a value.
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO = 0


class UnknownRangeError(ValueError):
    """Samples whose white is not known; the message says of what kind they are."""


def rgb_pixels(image: Image.Image) -> np.ndarray:
    """The pixels of a picture's first frame: upright, in colour, on white.

    Args:
        image: A picture of any mode with 8 or 16 bits a sample.

    Returns:
        uint8 (height, width, 3).

    Raises:
        UnknownRangeError: If its samples are 32-bit integers or floats.
        Exception: What Pillow raises if the file is damaged, or of a kind that it lacks.
    """
    image.load()
    pixels = np.asarray(_rgb(image))
    # A copy even if nothing is to turn: the pixels are Pillow's, and cannot be written to.
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
    """Grey of 8 bits; Pillow's own conversion would cut what is above 255."""
    tags = getattr(image, "tag_v2", {})
    (bits,) = tags.get(_BITS_PER_SAMPLE, (16,))
    grey = (np.asarray(image) >> (bits - 8)).astype(np.uint8)
    # Pillow turns this round for fewer bits only.
    return 255 - grey if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else grey


def _on_white(image):
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _orientation(image):
    """The orientation that Exif gives; a TIFF file has it elsewhere, and Pillow heeds it."""
    exif = image.info.get("exif")
    if not exif:
        return UPRIGHT
    # TensorFlow takes seconds to import.
    import tensorflow as tf

    from seqzoo.zoo.images.exif_orientation import exif_orientation

    return int(exif_orientation(tf.io.decode_raw(exif, tf.uint8)))
