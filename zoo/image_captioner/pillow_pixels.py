"""The pixels of a picture that Pillow has opened."""

import struct

import numpy as np
from PIL import ExifTags, Image, ImageChops

from seqzoo.zoo.image_captioner.orientations import ORIENTATIONS, UPRIGHT, turn_upright

# What Pillow raises on Exif that breaks its rules: offsets that lead nowhere, unknown types.
_BROKEN_EXIF = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)


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
        Exception: What Pillow raises if the file is damaged.
    """
    # Before it is loaded: Exif behind the pixels of PNG does not count.
    orientation = _orientation(image)
    image.load()
    pixels = np.asarray(_rgb(image))
    # A copy even if nothing is to turn: the pixels are Pillow's, and cannot be written to.
    return np.array(turn_upright(pixels, orientation), order="C")


def _rgb(image):
    if image.mode in ("I", "F"):
        kinds = {"I": "32-bit integers", "F": "floats"}
        raise UnknownRangeError(kinds[image.mode])
    if image.mode.startswith("I;16"):
        # Pillow would cut what is above 255. PNG's decoders keep the upper byte, as is done here.
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.format == "JPEG" and image.mode == "CMYK" and "adobe" not in image.info:
        # Adobe stores light where others store ink; Pillow takes all files for Adobe's.
        image = ImageChops.invert(image)
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return image.convert("RGB")


def _on_white(image):
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _orientation(image):
    """The orientation that Exif gives; a TIFF file has it elsewhere, and Pillow heeds it."""
    exif = Image.Exif()
    try:
        # Not image.getexif(), which takes the orientation of XMP where Exif has none.
        exif.load(image.info.get("exif", b""))
        orientation = exif.get(ExifTags.Base.Orientation)
    except _BROKEN_EXIF:
        return UPRIGHT
    return orientation if orientation in ORIENTATIONS else UPRIGHT
