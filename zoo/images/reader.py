"""Reading of images from files, bytes and arrays."""

import functools
import io
import os
import struct
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.images.captioned_image import ImageSource
from seqzoo.zoo.images.kinds import START_SIZE, image_kind
from seqzoo.zoo.images.limits import PIXEL_LIMIT, TOO_MANY_PIXELS
from seqzoo.zoo.images.pixels import UnknownRangeError, rgb_pixels

# Some of Pillow's other formats run programs (EPS), or are not pictures. JPEG and PNG are decoded
# in the same way as in exported models instead.
_FORMATS = ("WEBP", "GIF", "BMP", "TIFF")
_ACCEPTED = "JPEG, PNG, WebP, GIF, BMP or TIFF"
# For these, TIFF's library has the same errors for unsupported and for damaged files.
_RARE_COMPRESSIONS = (
    "jpeg2000",
    "tiff_jpeg",
    "tiff_sgilog",
    "tiff_sgilog24",
    "tiff_thunderscan",
    "webp",
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# Errors of Pillow's decoders on damaged files: its own checks (OSError, SyntaxError, ValueError),
# and the consequences of missing bytes.
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
    """An input that cannot be read as an image."""


def read_image(source: ImageSource) -> np.ndarray:
    """Reads an image as upright RGB on a white background.

    Only the first frame of an animation is read. Grey and CMYK are converted to RGB, 16-bit samples
    are reduced to their upper 8 bits, and transparent parts are blended with white. The Exif
    orientation is applied; damaged Exif data and orientations in XMP are ignored. Colour profiles
    are not applied. JPEG and PNG files are decoded by `decode_image`, so that an exported model
    sees the same pixels and refuses the same files.

    Args:
        source: A JPEG, PNG, WebP, GIF, BMP or TIFF file, or the bytes of one; or pixels: uint8
            (height, width) or (height, width, channels), with 1 channel (grey), 3 (RGB) or 4
            (RGB and opacity).

    Returns:
        uint8 (height, width, 3): RGB. It shares no memory with the source.

    Raises:
        ImageError: If the file is missing, unreadable, damaged or in another format, if it has
            more than 80 million pixels, or if the array is not such an image.

    >>> read_image(np.array([[[0, 0, 255, 255], [0, 0, 0, 0]]], "uint8")).tolist()
    [[[0, 0, 255], [255, 255, 255]]]
    """
    if isinstance(source, np.ndarray):
        _check_array(source)
        # Pillow requires grey images without a channel axis.
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
            f"An array of shape {pixels.shape} is not an image; give (height, width) or (height, "
            "width, channels) with 1, 3 or 4 channels."
        )
    if not pixels.size:
        raise ImageError(
            f"An image of shape {pixels.shape} has no pixels; give one with at least one."
        )


def _readable(name):
    """Escapes a file name for messages: on one line, and in valid UTF-8."""
    name = os.fsdecode(name)
    return name if name.isprintable() else repr(name)


@contextmanager
def _opened(path, name):
    try:
        if not path.exists():
            raise ImageError(f"{name} does not exist; check the path.")
        if path.is_dir():
            raise ImageError(f"{name} is a folder; give one of the pictures in it.")
        # Reading a pipe would block, and a device may be endless.
        if not path.is_file():
            raise ImageError(f"{name} is not a regular file; save the picture to one.")
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
    kind = image_kind(file.read(START_SIZE))
    file.seek(0)
    if kind in ("JPEG", "PNG"):
        return _decoded(file.read(), kind, name)
    return _read_by_pillow(file, kind, name)


@functools.cache
def _decoder():
    """`decode_image`, compiled once."""
    # Importing TensorFlow takes seconds.
    import tensorflow as tf

    from seqzoo.zoo.images.decoder import decode_image

    return tf.function(
        decode_image, input_signature=[tf.TensorSpec([], tf.string)], autograph=False
    )


def _decoded(contents, kind, name):
    """Decodes a JPEG or PNG file."""
    import tensorflow as tf

    try:
        # The decoders run on the CPU, and copying the pixels to another device would take time.
        with tf.device("CPU"):
            return _decoder()(contents).numpy()
    except tf.errors.InvalidArgumentError as error:
        if TOO_MANY_PIXELS in error.message:
            raise _too_large(name) from error
        rare = ", or a rare kind of JPEG" if kind == "JPEG" else ""
        raise ImageError(
            f"{name} is cut short or damaged{rare}; copy or download the picture again."
        ) from error


def _read_by_pillow(file, kind, name):
    compression = None
    try:
        with Image.open(file, formats=_FORMATS) as image:
            _check_size(image)
            compression = image.info.get("compression")
            return rgb_pixels(image)
    except _BOMBS as error:
        raise _too_large(name) from error
    except UnidentifiedImageError as error:
        raise _unsupported(kind, name) from error
    except UnknownRangeError as error:
        raise ImageError(
            f"{name} has {error}, which do not say what is white; save it with 8 or 16 bits a "
            "channel."
        ) from error
    except _DAMAGE as error:
        if str(error).startswith("Unsupported") or compression in _RARE_COMPRESSIONS:
            raise _unsupported(kind, name) from error
        raise ImageError(
            f"{name} is cut short or damaged ({_first_line(error)}); copy or download the picture "
            "again."
        ) from error


def _too_large(name):
    return ImageError(f"{name} has {TOO_MANY_PIXELS}; give a smaller copy.")


def _unsupported(kind, name):
    if kind is None:
        return ImageError(f"{name} is not a readable picture; give one of {_ACCEPTED}.")
    if kind in _ACCEPTED:
        return ImageError(
            f"{name} is a {kind} file of a kind that is not supported, or is incomplete; save the "
            "picture as PNG."
        )
    return ImageError(
        f"{name} is in the format {kind}, which is not supported; save it as {_ACCEPTED}."
    )


def _check_size(image):
    """Raises ImageError for images above our limit, since Pillow's limit is higher."""
    if image.width * image.height > PIXEL_LIMIT:
        raise Image.DecompressionBombError


def _first_line(error):
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
