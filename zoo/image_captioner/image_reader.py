"""Images as users have them: files, the bytes of files, and arrays."""

import io
import os
import struct
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from seqzoo.errors import SeqzooError
from seqzoo.zoo.image_captioner.image_limits import PIXEL_LIMIT
from seqzoo.zoo.image_captioner.pillow_pixels import UnknownRangeError, rgb_pixels

# Pillow knows more; some of those run programs (EPS), or are no pictures.
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_ACCEPTED = "JPEG, PNG, WebP, GIF, BMP or TIFF"
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# What Pillow's decoders raise on damaged files: its own checks (OSError, SyntaxError, ValueError),
# and what follows from reading numbers that are not there.
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


class ImageError(SeqzooError, ValueError):
    """Something that cannot be read as an image."""


def read_image(source: str | os.PathLike | bytes | np.ndarray) -> np.ndarray:
    """Reads an image upright, in colour, on white.

    Of an animation, the first frame is read. Grey becomes colour, CMYK becomes RGB, 16 bits a
    sample become the upper 8, and what is transparent shows white behind it. Images are turned as
    Exif says; Exif that is damaged, and orientations given elsewhere (XMP), are ignored. Colour
    profiles are not applied. JPEG and PNG give the pixels that `decode_image` gives, up to 1 in
    CMYK; only where PNG declares one colour transparent, and its samples are not of 8 bits, Pillow
    may miss that colour.

    Args:
        source: A JPEG, PNG, WebP, GIF, BMP or TIFF file, or the bytes of one; or pixels: uint8
            (height, width) or (height, width, channels), with 1 channel (grey), 3 (RGB) or 4
            (RGB and opacity).

    Returns:
        uint8 (height, width, 3): RGB. It shares no memory with the source.

    Raises:
        ImageError: If the file is missing, unreadable, damaged or of another kind, if it has more
            than 80 million pixels, or if the array is no such image.

    >>> read_image(np.array([[[0, 0, 255, 255], [0, 0, 0, 0]]], "uint8")).tolist()
    [[[0, 0, 255], [255, 255, 255]]]
    """
    if isinstance(source, np.ndarray):
        _check_array(source)
        # Pillow knows grey images without an axis for their channel only.
        pixels = source[:, :, 0] if source.shape[2:] == (1,) else source
        return rgb_pixels(Image.fromarray(pixels))
    if isinstance(source, bytes):
        if not source:
            raise ImageError("The image is empty; give all the bytes of a picture.")
        return _read(io.BytesIO(source), "The image")
    if isinstance(source, (str, os.PathLike)):
        name = _readable(os.fspath(source))
        with _opened(Path(os.fsdecode(source)), name) as file:
            return _read(file, name)
    raise ImageError(
        f"An image cannot be of type {type(source).__name__}; give a path, the bytes of a file, "
        "or a NumPy array."
    )


def _check_array(pixels):
    if pixels.dtype != np.uint8:
        raise ImageError(
            f"An array of {pixels.dtype} does not say what is white; give uint8 values from 0 "
            "to 255."
        )
    if pixels.ndim not in (2, 3) or pixels.shape[2:] not in [(), (1,), (3,), (4,)]:
        raise ImageError(
            f"An array of shape {pixels.shape} is no image; give (height, width) or (height, "
            "width, channels) with 1, 3 or 4 channels."
        )
    if not pixels.size:
        raise ImageError(
            f"An image of shape {pixels.shape} has no pixels; give one with at least one."
        )


def _readable(name):
    """A name of a file as a message can show it: on one line, and in UTF-8."""
    name = os.fsdecode(name)
    return name if name.isprintable() else repr(name)


@contextmanager
def _opened(path, name):
    try:
        if not path.exists():
            raise ImageError(f"{name} does not exist; check the path.")
        if path.is_dir():
            raise ImageError(f"{name} is a folder; give one of the pictures in it.")
        # A pipe would be waited for, and a device never ends.
        if not path.is_file():
            raise ImageError(f"{name} is no regular file; save the picture to one.")
        if not path.stat().st_size:
            raise ImageError(f"{name} is empty; copy or download the picture again.")
        file = path.open("rb")
    except OSError as error:
        raise ImageError(
            f"{name} cannot be opened ({error.strerror}); check its name and permissions."
        ) from error
    with file:
        yield file


def _read(file, name):
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _check_size(image)
            return rgb_pixels(image)
    except _BOMBS as error:
        raise ImageError(
            f"{name} has more than {PIXEL_LIMIT // 10**6} million pixels; give a smaller copy."
        ) from error
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{name} is no picture that can be read; give one of {_ACCEPTED}."
        ) from error
    except UnknownRangeError as error:
        raise ImageError(
            f"{name} has {error}, which do not say what is white; save it with 8 or 16 bits a "
            "channel."
        ) from error
    except _DAMAGE as error:
        raise ImageError(
            f"{name} is cut short or damaged ({_first_line(error)}); copy or download the picture "
            "again."
        ) from error


def _check_size(image):
    """Refuses what Pillow, whose limit is higher, would decode."""
    if image.width * image.height > PIXEL_LIMIT:
        raise Image.DecompressionBombError


def _first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
