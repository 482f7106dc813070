"""Size of weights in files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

_STRUCTURE = 4096
"""Upper bound for the metadata of one weight, in bytes."""


def weight_bytes(weights: Iterable[keras.Variable]) -> int:
    """Returns an upper bound for the size of weights in a file, in bytes.

    Args:
        weights: Keras variables.
    """
    sizes = (np.dtype(w.dtype).itemsize * int(np.prod(w.shape)) for w in weights)
    return sum(_STRUCTURE + size for size in sizes)
