"""The orientations of Exif, and how they turn an image upright.

Exif 2.32, tag 274: 1 is upright; 2 to 4 are mirrored, turned by 180 degrees, or both; 5 to 8 are
the same with rows and columns exchanged. The rows are exchanged first, then the rest is undone.
Pillow's `exif_transpose` also follows XMP, which a graph cannot read.
"""

import numpy as np

UPRIGHT = 1
"""The orientation of an image that is stored as it is seen, and of one that gives none."""

ORIENTATIONS = range(1, 9)
"""All that Exif knows."""

TURNED = (5, 6, 7, 8)
"""Those whose rows are the columns of what is stored."""

MIRRORED = (2, 3, 6, 7)
"""Those whose left is then their right."""

UPSIDE_DOWN = (3, 4, 7, 8)
"""Those whose top is then their bottom."""


def turn_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Turns an image upright.

    Args:
        pixels: (height, width, ...), as stored.
        orientation: One of `ORIENTATIONS`.

    Returns:
        A view of the pixels; its height is their width for the `TURNED`.

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
