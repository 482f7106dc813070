"""Transposition: the same music in another key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

INTERVALS = range(-5, 7)
"""In semitones: with the original, every key once."""


class Transposable(Protocol):
    """Music that can be put into another key."""

    def intervals(self) -> list[int]:
        """The intervals that keep every note on the 88 keys of a piano."""

    def transposed(self: Music, interval: int) -> Music:
        """The same music, higher by so many semitones."""


Music = TypeVar("Music", bound=Transposable)


def transpose_at_random(pieces: Sequence[Music], rng: np.random.Generator) -> list[Music]:
    """Every piece once, each in a key of its own."""
    return [piece.transposed(int(rng.choice(piece.intervals()))) for piece in pieces]
