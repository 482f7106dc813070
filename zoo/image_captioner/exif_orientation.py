"""The orientation that Exif gives an image, inside a TensorFlow graph."""

import tensorflow as tf

from seqzoo.zoo.image_captioner.image_segments import is_at, number
from seqzoo.zoo.image_captioner.orientations import (
    MIRRORED,
    ORIENTATIONS,
    TURNED,
    UPRIGHT,
    UPSIDE_DOWN,
)

_ORIENTATION_TAG = 274
_SHORT = 3
_ENTRY_SIZE = 12


def exif_orientation(exif: tf.Tensor) -> tf.Tensor:
    r"""Reads the orientation out of Exif.

    Source: CIPA DC-008 (Exif 2.32), 4.6.2 and 4.6.4; TIFF 6.0, section 2.

    Args:
        exif: uint8 (size,): the Exif, a TIFF file of either byte order.

    Returns:
        int64 (): one of `ORIENTATIONS`; `UPRIGHT` if the Exif gives none or is damaged.

    >>> entry = b"\x01\x12" b"\0\3" b"\0\0\0\1" b"\0\6\0\0"
    >>> exif = b"MM\0*" b"\0\0\0\x08" b"\0\1" + entry
    >>> int(exif_orientation(tf.io.decode_raw(exif, tf.uint8)))
    6
    """

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
    is_orientation = _shorts(entries, 0, order) == _ORIENTATION_TAG
    is_short = _shorts(entries, 2, order) == _SHORT
    values = tf.boolean_mask(_shorts(entries, 8, order), is_orientation & is_short)
    value = tf.concat([values, [UPRIGHT]], axis=0)[0]
    return tf.where(_is_among(value, ORIENTATIONS), value, UPRIGHT)


def _shorts(entries, column, order):
    first, second = tf.unstack(tf.cast(entries[:, column : column + 2], tf.int64), axis=1)
    return first + 256 * second if order == "little" else 256 * first + second


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
