"""Exif orientation inside a TensorFlow graph."""

import tensorflow as tf

from seqzoo.zoo.images.file_segments import is_at, number, unsigned
from seqzoo.zoo.images.orientations import (
    MIRRORED,
    ORIENTATIONS,
    TURNED,
    UPRIGHT,
    UPSIDE_DOWN,
)

_ORIENTATION_TAG = 274
_ENTRY_SIZE = 12
_PREFIX = b"Exif\0\0"
# BYTE, SHORT and LONG: readers take any of them for an unsigned integer.
_SIZES = {1: 1, 3: 2, 4: 4}


def exif_orientation(exif: tf.Tensor) -> tf.Tensor:
    r"""Reads the orientation from Exif data.

    Only the first directory is read; another one belongs to the thumbnail.

    Source: CIPA DC-008 (Exif 2.32), 4.6.2 and 4.6.4; TIFF 6.0, section 2.

    Args:
        exif: uint8 (size,): the Exif, a TIFF file of either byte order. The prefix `Exif\0\0`,
            which JPEG puts before it and some programs keep in PNG, is skipped.

    Returns:
        int64 (): one of `ORIENTATIONS`; `UPRIGHT` if the data has none or is damaged.

    >>> entry = b"\x01\x12" b"\0\3" b"\0\0\0\1" b"\0\6\0\0"
    >>> exif = b"MM\0*" b"\0\0\0\x08" b"\0\1" + entry
    >>> int(exif_orientation(tf.io.decode_raw(exif, tf.uint8)))
    6
    """
    exif = tf.cond(is_at(exif, 0, _PREFIX), lambda: exif[len(_PREFIX) :], lambda: exif)

    def orientation(order: str) -> tf.Tensor:
        return _orientation(exif, order)

    return tf.case(
        [
            (is_at(exif, 0, b"II*\0"), lambda: orientation("little")),
            (is_at(exif, 0, b"MM\0*"), lambda: orientation("big")),
        ],
        default=lambda: tf.constant(UPRIGHT, tf.int64),
    )


def _orientation(exif, order):
    directory = number(exif, 4, 4, order)
    begin = directory + 2
    found = exif[begin : begin + _ENTRY_SIZE * number(exif, directory, 2, order)]
    whole = tf.size(found) // _ENTRY_SIZE
    entries = tf.reshape(found[: whole * _ENTRY_SIZE], [whole, _ENTRY_SIZE])
    # An entry: tag, type, count, and the value if it has no more than 4 bytes.
    tags, types = (unsigned(entries[:, start : start + 2], order) for start in (0, 2))
    values = tf.zeros_like(tags)
    for type_, size in _SIZES.items():
        values = tf.where(types == type_, unsigned(entries[:, 8 : 8 + size], order), values)
    values = tf.boolean_mask(values, tags == _ORIENTATION_TAG)
    value = tf.concat([values, [UPRIGHT]], axis=0)[0]
    return tf.where(_is_among(value, ORIENTATIONS), value, UPRIGHT)


def turn_upright(pixels: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Turns an image upright, as `orientations.turn_upright` does.

    Args:
        pixels: (height, width, channels), as stored.
        orientation: int64 (): one of `ORIENTATIONS`.

    Returns:
        (height, width, channels): the image as it is seen.
    """
    pixels = tf.cond(
        _is_among(orientation, TURNED),
        lambda: tf.transpose(pixels, [1, 0, 2]),
        lambda: pixels,
    )
    pixels = tf.cond(
        _is_among(orientation, MIRRORED), lambda: tf.reverse(pixels, [1]), lambda: pixels
    )
    return tf.cond(
        _is_among(orientation, UPSIDE_DOWN), lambda: tf.reverse(pixels, [0]), lambda: pixels
    )


def _is_among(value, values):
    return tf.reduce_any(value == tf.constant(tuple(values), tf.int64))
