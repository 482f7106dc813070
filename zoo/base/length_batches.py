"""Batches of sequences of like lengths, in few shapes."""

import bisect
import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

WIDTHS = (0, 12, 24, 36, 48, 64, 96, 144, 220, 300)
"""Lengths that sequences are padded to; longer ones to the next multiple of 100."""

_LEAST_ROWS = 4


class Batch(NamedTuple):
    """Which sequences make a batch, and its shape.

    Attributes:
        indices: Of the sequences; there may be less than rows.
        rows: Sequences that there is room for.
        width: Length that they are padded to.
    """

    indices: list[int]
    rows: int
    width: int


def length_batches(
    lengths: Sequence[int], size: int, rng: np.random.Generator | None = None
) -> list[Batch]:
    """Puts sequences of like lengths into batches.

    Sequences of no steps are left out. There are as many shapes as widths, since a compiled program
    is made for every shape: a batch that is not full has the rows of one that is.

    Args:
        lengths: Of the sequences.
        size: Steps in a batch, padding included.
        rng: Draws the order of the sequences and the batches. Defaults to their own order.
    """
    widths = [_width(length) for length in lengths]
    counts = collections.Counter(widths)
    order = range(len(lengths)) if rng is None else rng.permutation(len(lengths))
    open_batches: dict[int, Batch] = {}
    batches = []
    for index in order:
        width = widths[index]
        if not width:
            continue
        rows = min(_rows(size, width), counts[width])
        batch = open_batches.setdefault(width, Batch([], rows, width))
        batch.indices.append(int(index))
        if len(batch.indices) == rows:
            batches.append(open_batches.pop(width))
    batches += open_batches.values()
    return batches if rng is None else [batches[i] for i in rng.permutation(len(batches))]


def _width(length):
    place = bisect.bisect_left(WIDTHS, length)
    return WIDTHS[place] if place < len(WIDTHS) else -(-length // 100) * 100


def _rows(size, width):
    return max(_LEAST_ROWS, round(size / width / _LEAST_ROWS) * _LEAST_ROWS)
