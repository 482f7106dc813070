"""Transposition: the same music in another key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

INTERVALS = range(-5, 7)
"""Intervals in semitones; together with the original, they reach every key once."""


class Transposable(Protocol):
    """Music that can be transposed."""

    def intervals(self) -> list[int]:
        """The transpositions that keep every note on the 88 keys of a piano."""

    def transposed(self: Music, interval: int) -> Music:
        """Returns the music transposed upwards by a number of semitones."""


Music = TypeVar("Music", bound=Transposable)


def transpose_at_random(pieces: Sequence[Music], rng: np.random.Generator) -> list[Music]:
    """Transposes each piece by a random interval."""
    return [piece.transposed(int(rng.choice(piece.intervals()))) for piece in pieces]
