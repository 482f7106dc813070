"""Length-bucketed batches with few distinct shapes."""

import bisect
import collections
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

WIDTHS = (0, 12, 24, 36, 48, 64, 96, 144, 220, 300)
"""Padded lengths; longer sequences are padded to the next multiple of 100."""

_LEAST_ROWS = 4


class Batch(NamedTuple):
    """The sequences of a batch and its padded shape.

    Attributes:
        indices: Indices of the sequences, at most `rows` of them.
        rows: Number of rows of the batch.
        width: Padded length.
    """

    indices: list[int]
    rows: int
    width: int


def length_batches(
    lengths: Sequence[int], size: int, rng: np.random.Generator | None = None
) -> list[Batch]:
    """Groups sequences of similar length into batches.

    Empty sequences are left out. There is one batch shape per width, because every shape compiles a
    program of its own: a batch that is not full keeps the number of rows of a full one.

    Args:
        lengths: Lengths of the sequences.
        size: Time steps in a batch, padding included.
        rng: Shuffles the sequences and the batches. Defaults to no shuffling.
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
