"""Segments of JPEG and PNG files, read inside a TensorFlow graph.

Both formats are chains of segments that declare their lengths. A malformed chain ends at its first
error, and `SEGMENT_LIMIT` bounds the work on maliciously long chains.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

SEGMENT_LIMIT = 1000
"""Maximum number of segments to read. Cameras write about 10 before the pixels, and a colour
profile has at most 255 segments in JPEG."""

_PNG_PIXELS = b"IDAT"
# A length and a name, four bytes each.
_PNG_CHUNK_HEADER = 8


class _Segment(NamedTuple):
    """A segment of a file.

    Attributes:
        begin: int64 (): where its content begins, in bytes from the start of the file.
        end: int64 (): where its content ends.
        following: int64 (): where the next segment starts.
        is_wanted: bool (): whether it is the segment to find.
        is_last: bool (): whether the search can end here.
    """

    begin: tf.Tensor
    end: tf.Tensor
    following: tf.Tensor
    is_wanted: tf.Tensor
    is_last: tf.Tensor


def jpeg_exif(data: tf.Tensor) -> tf.Tensor:
    """Finds the Exif data of a JPEG file: its first APP1 segment that starts with `Exif`.

    Source: ITU-T T.81, B.1.1; CIPA DC-008 (Exif 2.32), 4.5.4.

    Args:
        data: uint8 (size,): the file.

    Returns:
        uint8 (size,): the Exif, a TIFF file; empty if there is none.
    """

    def segment_at(start: tf.Tensor) -> _Segment:
        # A marker of 0xFF and its kind, and a length that includes its own bytes and the content.
        kind = number(data, start, 2)
        length = number(data, start + 2, 2)
        end = start + 2 + length
        # A marker may be preceded by any number of fill bytes 0xFF.
        following = tf.where(kind == 0xFFFF, start + 1, end)
        is_exif = (kind == 0xFFE1) & is_at(data, start + 4, b"Exif\0\0")
        # Start of scan: the pixels follow. All markers before it have lengths.
        is_last = (kind < 0xFFC0) | (kind == 0xFFDA) | (length < 2)
        return _Segment(start + 10, end, following, is_exif, is_last & (kind != 0xFFFF))

    begin, end = _find_segment(data, 2, segment_at)
    return data[begin:end]


def png_chunk(data: tf.Tensor, name: bytes) -> tf.Tensor:
    """Finds the content of a PNG file's first chunk with a name, if it precedes the pixels.

    Source: PNG Specification (Third Edition), 5.3 and 5.6.

    Args:
        data: uint8 (size,): the file.
        name: The name, four bytes.

    Returns:
        uint8 (size,): its content; empty if there is none.
    """
    begin, end = _find_png_chunk(data, name)
    return data[begin:end]


def png_chunk_start(data: tf.Tensor, name: bytes) -> tf.Tensor:
    """Returns the start of a PNG file's first chunk with a name: int64 (); 0 if there is none.

    Args:
        data: uint8 (size,): the file.
        name: The name, four bytes; `IDAT`, or that of a chunk before the pixels.
    """
    begin, _ = _find_png_chunk(data, name)
    return tf.maximum(begin - _PNG_CHUNK_HEADER, 0)


def _find_png_chunk(data, name):
    def segment_at(start: tf.Tensor) -> _Segment:
        # A length, a name, as many bytes as the length says, and a checksum of 4.
        begin = start + _PNG_CHUNK_HEADER
        end = begin + number(data, start, 4)
        is_wanted = is_at(data, start + 4, name)
        return _Segment(begin, end, end + 4, is_wanted, is_at(data, start + 4, _PNG_PIXELS))

    return _find_segment(data, 8, segment_at)


def number(data: tf.Tensor, start: tf.Tensor, size: int, order: str = "big") -> tf.Tensor:
    """Reads an unsigned number in a file: int64 ().

    Args:
        data: uint8 (size,): the file; bytes after its end count as zeros.
        start: int64 (): the offset of its first byte.
        size: The number of its bytes, up to 4.
        order: `big` or `little`: which byte comes first.

    >>> data = tf.constant([1, 2, 3], tf.uint8)
    >>> int(number(data, 1, 2)), int(number(data, 1, 2, "little")), int(number(data, 2, 2))
    (515, 770, 768)
    """
    return unsigned(_bytes_at(data, start, size), order)


def unsigned(data: tf.Tensor, order: str = "big") -> tf.Tensor:
    """Converts rows of bytes to unsigned numbers: int64 (...).

    Args:
        data: uint8 (..., size): the bytes of each number, up to 4.
        order: `big` or `little`: which byte comes first.

    >>> unsigned(tf.constant([[1, 2], [0, 7]], tf.uint8)).numpy().tolist()
    [258, 7]
    """
    weights = [256**power for power in range(data.shape[-1])]
    weights = weights if order == "little" else weights[::-1]
    return tf.reduce_sum(tf.cast(data, tf.int64) * weights, axis=-1)


def is_at(data: tf.Tensor, start: tf.Tensor, text: bytes) -> tf.Tensor:
    """Returns whether a file has given bytes at an offset: bool ()."""
    return tf.reduce_all(_bytes_at(data, start, len(text)) == list(text))


def _bytes_at(data, start, size):
    found = data[start : start + size]
    return tf.ensure_shape(tf.pad(found, [[0, size - tf.size(found)]]), [size])


def _find_segment(
    data: tf.Tensor, start: int, segment_at: Callable[[tf.Tensor], _Segment]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Finds the start and end of the first wanted segment's content; 0 and 0 if there is none."""
    size = tf.size(data, tf.int64)

    def is_open(start: tf.Tensor, begin: tf.Tensor, end: tf.Tensor) -> tf.Tensor:
        return (start < size) & (end == 0)

    def step(start: tf.Tensor, begin: tf.Tensor, end: tf.Tensor) -> tuple[tf.Tensor, ...]:
        segment = segment_at(start)
        following = tf.where(segment.is_last, size, segment.following)
        begin = tf.where(segment.is_wanted, segment.begin, begin)
        end = tf.where(segment.is_wanted, segment.end, end)
        return following, begin, end

    nowhere = tf.constant(0, tf.int64)
    _, begin, end = tf.while_loop(
        is_open,
        step,
        (tf.constant(start, tf.int64), nowhere, nowhere),
        maximum_iterations=SEGMENT_LIMIT,
    )
    return begin, end
