"""Exif orientations, and how to turn images upright.

Exif 2.32, tag 274: 1 is upright; 2 to 4 are mirrored, turned by 180 degrees, or both; 5 to 8 are
the same with rows and columns exchanged. The exchange is undone first, then the rest.
Pillow's `exif_transpose` also follows XMP, which a graph cannot read.
"""

import numpy as np

UPRIGHT = 1
"""The orientation of an image that is stored upright, and the default."""

ORIENTATIONS = range(1, 9)
"""All orientations of Exif."""

TURNED = (5, 6, 7, 8)
"""Orientations whose rows and columns are exchanged."""

MIRRORED = (2, 3, 6, 7)
"""Orientations that are flipped horizontally after the exchange."""

UPSIDE_DOWN = (3, 4, 7, 8)
"""Orientations that are flipped vertically after the exchange."""


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns an image upright.

    Args:
        pixels: (height, width, ...), as stored.
        orientation: One of `ORIENTATIONS`.

    Returns:
        A view of the pixels; height and width are exchanged for orientations in `TURNED`.

    >>> turn_upright(np.array([[1, 2, 3], [4, 5, 6]]), 6)
    array([[4, 1],
           [5, 2],
           [6, 3]])
    """
    if orientation in TURNED:
        pixels = pixels.swapaxes(0, 1)
    if orientation in MIRRORED:
        pixels = pixels[:, ::-1]
    if orientation in UPSIDE_DOWN:
        pixels = pixels[::-1]
    return pixels
