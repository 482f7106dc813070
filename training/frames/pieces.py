"""Pieces as piano rolls, and their transposition."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from seqzoo.errors import SeqzooError
from seqzoo.training.music.transposition import INTERVALS
from seqzoo.training.parts import PARTS, Parts
from seqzoo.zoo.frame_generator.roll import KEYS, RollError, roll_bytes, roll_from_bytes

CELLS = dict(zip(PARTS, ("traindata", "validdata", "testdata"), strict=True))
"""The variables of a MATLAB file that hold the parts."""


@dataclasses.dataclass(frozen=True, eq=False)
class RollPiece:
    """A piece of music.

    Attributes:
        name: Where it comes from.
        roll: uint8 `(frames, 88)`, 1 where a key sounds.
    """

    name: str
    roll: np.ndarray


def read_rolls(path: str | os.PathLike) -> Parts[RollPiece]:
    """Reads a MATLAB file with the cells `traindata`, `validdata` and `testdata`.

    Raises:
        SeqzooError: If the file cannot be read, or lacks one of them.
        RollError: If a cell holds anything but rolls `(frames, 88)`.
    """
    from scipy.io import loadmat

    try:
        cells = loadmat(path, variable_names=list(CELLS.values()))
    # SciPy raises errors of many kinds on files that are none.
    except Exception as error:
        raise SeqzooError(
            f"{path} cannot be read ({error}): give a MATLAB file of piano rolls."
        ) from error
    missing = [cell for cell in CELLS.values() if cell not in cells]
    if missing:
        raise SeqzooError(f"{path} has no {missing[0]}: it must hold {', '.join(CELLS.values())}.")
    return Parts(
        *(
            [_piece(f"{part} {index}", roll, path) for index, roll in enumerate(cells[cell].flat)]
            for part, cell in CELLS.items()
        )
    )


def _piece(name, roll, path):
    try:
        return RollPiece(name, roll_from_bytes(roll_bytes(roll)))
    except RollError as error:
        raise RollError(f"{path}, {name}: {error}") from error


def transpose(piece: RollPiece, interval: int) -> RollPiece:
    """A piece in another key.

    Args:
        piece: The piece.
        interval: In semitones, upwards; see `intervals_of`.
    """
    return RollPiece(f"{piece.name} {interval:+d}", np.roll(piece.roll, interval, axis=1))


def intervals_of(piece: RollPiece) -> list[int]:
    """The intervals that keep every note of a piece on the 88 keys: most often one for each key."""
    keys = np.flatnonzero(piece.roll.any(axis=0))
    if not keys.size:
        return [0]
    return [i for i in INTERVALS if keys[0] + i >= 0 and keys[-1] + i < KEYS]


def transpose_at_random(pieces: Sequence[RollPiece], rng: np.random.Generator) -> list[RollPiece]:
    """Every piece once, each in a key of its own."""
    return [transpose(piece, int(rng.choice(intervals_of(piece)))) for piece in pieces]
