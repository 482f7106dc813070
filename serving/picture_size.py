"""Pixel counts of JPEG and PNG files, read from their headers like their decoders do."""

import re
from collections.abc import Iterator

_PNG = b"\x89PNG\r\n\x1a\n"
# The first bytes, by which TensorFlow recognizes the formats.
MAGIC = (b"\xff\xd8\xff", _PNG)
# Enough for all pictures of a request. Normal files have at most hundreds of segments each (a
# colour profile has up to 255), but a malicious file may have millions.
_MOST_SEGMENTS = 2**18
# The next segment of a JPEG file. Like libjpeg, it skips stray bytes, and markers without a length.
_SEGMENT = re.compile(rb"(?:[^\xff]++|\xff++[\x00\x01\xd0-\xd7])*+\xff++(?P<marker>.)", re.DOTALL)
# Start-of-frame markers; the excluded codes are other segments.
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers of start, end and scan data: no start of frame may follow.
_ENDS = {0xD8, 0xD9, 0xDA}


def segments() -> Iterator[int]:
    """Returns an iterator that counts inspected segments, up to the maximum per request."""
    return iter(range(_MOST_SEGMENTS))


def pixels_of(picture: bytes, counted: Iterator[int] | None = None) -> int:
    """Returns the number of pixels that the header of a JPEG or PNG file declares.

    Args:
        picture: The contents of the file.
        counted: An iterator from `segments`, to share the maximum between several pictures.

    Returns:
        The number; 0 if no header is found.

    >>> pixels_of(bytes.fromhex("ffd8ffc0 0011 08 0002 0003"))
    6
    """
    walk = _png_pixels if picture.startswith(_PNG) else _jpeg_pixels
    return walk(picture, segments() if counted is None else counted)


def _jpeg_pixels(picture, counted):
    position = 2
    for _ in counted:
        found = _SEGMENT.match(picture, position)
        if not found or found["marker"][0] in _ENDS:
            break
        position = found.end()
        if found["marker"][0] in _FRAMES:
            return _number(picture, position + 3, 2) * _number(picture, position + 5, 2)
        # The length includes its own two bytes, and libjpeg skips them even if it is smaller.
        position += max(2, _number(picture, position, 2))
    return 0


def _png_pixels(picture, counted):
    position = len(_PNG)
    for _ in counted:
        kind = picture[position + 4 : position + 8]
        if kind == b"IHDR":
            return _number(picture, position + 8, 4) * _number(picture, position + 12, 4)
        if not kind:
            break
        # libpng accepts private chunks before the header. Length, type and checksum take 12 bytes.
        position += 12 + _number(picture, position, 4)
    return 0


def _number(data, start, size):
    return int.from_bytes(data[start : start + size], "big")
