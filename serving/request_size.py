"""Size limits of requests, checked before the model runs."""

from collections.abc import Mapping

import numpy as np

from seqzoo.serving.limits import Limits
from seqzoo.serving.picture_size import MAGIC, pixels_of, segments
from seqzoo.serving.rest_errors import RestError, invalid

# The input of a generating model with the number of tokens to generate.
_LENGTH = "length"
# A pixel with four channels of 16 bits. Additional bytes of a picture may be text.
_BYTES_OF_PIXEL = 8


def check_request_size(arrays: Mapping[str, np.ndarray], limits: Limits) -> None:
    """Refuses a request with too many pixels or tokens.

    Args:
        arrays: The inputs by name.
        limits: The limits of the server.

    Raises:
        RestError: If a limit is exceeded.
    """
    texts = [value for array in arrays.values() if array.dtype == object for value in array.flat]
    pictures = _pixels(texts)
    _check_pixels(sum(pictures.values()), limits)
    of_pictures = sum(
        min(len(texts[index]), _BYTES_OF_PIXEL * pixels) for index, pixels in pictures.items()
    )
    integers = sum(array.size for array in arrays.values() if array.dtype.kind in "iu")
    tokens = integers + sum(map(len, texts)) - of_pictures + _wanted_tokens(arrays)
    if tokens > limits.tokens:
        raise RestError(
            413,
            f"The request has {tokens} tokens (integers, bytes of text, and requested tokens), but "
            f"at most {limits.tokens} are allowed: send it in parts.",
        )


def _pixels(texts):
    """Returns the number of pixels of each text that is a picture, by its index."""
    counted = segments()
    pixels = {
        index: pixels_of(text, counted)
        for index, text in enumerate(texts)
        if text.startswith(MAGIC)
    }
    if 0 in pixels.values():
        raise invalid("A picture (JPEG or PNG) does not say its size: send the whole file.")
    return pixels


def _check_pixels(pixels, limits):
    if pixels > limits.pixels:
        raise RestError(
            413,
            f"The pictures have {pixels} pixels, but at most {limits.pixels} are allowed: send "
            "smaller or fewer pictures.",
        )


def _wanted_tokens(arrays):
    """Returns the number of tokens that a request wants generated: `length` for every row."""
    length = arrays.get(_LENGTH)
    if length is None or length.ndim or length.dtype.kind not in "iu":
        return 0
    rows = max((array.shape[0] for array in arrays.values() if array.ndim), default=1)
    return rows * max(int(length), 0)
