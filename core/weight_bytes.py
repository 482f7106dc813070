"""Weights as files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

_STRUCTURE = 4096
"""Room that the description of one weight takes, in bytes; generous."""


def weight_bytes(weights: Iterable[keras.Variable]) -> int:
    """Room that weights take in a file, in bytes, rounded up.

    Args:
        weights: Keras variables.
    """
    sizes = (np.dtype(w.dtype).itemsize * int(np.prod(w.shape)) for w in weights)
    return sum(_STRUCTURE + size for size in sizes)
