"""Piano rolls of pieces."""

import dataclasses
import hashlib
import os

import numpy as np

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.music.transposition import INTERVALS
from seqzoo.training.data.splits import SPLITS, Splits
from seqzoo.zoo.music.frames import KEYS, RollError, roll_bytes, roll_from_bytes

CELLS = dict(zip(SPLITS, ("traindata", "validdata", "testdata"), strict=True))
"""The variables of a MATLAB file that hold the splits."""


@dataclasses.dataclass(frozen=True, eq=False)
class RollPiece:
    """A piece of music.

    Attributes:
        name: Its source, such as the file name.
        roll: uint8 `(frames, 88)`, 1 where a key sounds.
    """

    name: str
    roll: np.ndarray

    def intervals(self) -> list[int]:
        """The transpositions that keep every note on the 88 keys: usually one for each key."""
        keys = np.flatnonzero(self.roll.any(axis=0))
        if not keys.size:
            return [0]
        return [i for i in INTERVALS if keys[0] + i >= 0 and keys[-1] + i < KEYS]

    def transposed(self, interval: int) -> "RollPiece":
        """Returns the transposed piece.

        Args:
            interval: In semitones, upwards; one of `intervals`.
        """
        return RollPiece(f"{self.name} {interval:+d}", np.roll(self.roll, interval, axis=1))


def roll_key(piece: RollPiece) -> str:
    """Returns a hash of the music that is the same in every key."""
    keys = np.flatnonzero(piece.roll.any(axis=0))
    music = piece.roll[:, keys[0] : keys[-1] + 1] if keys.size else piece.roll[:, :0]
    return hashlib.sha256(repr(music.shape).encode() + music.tobytes()).hexdigest()


def read_rolls(path: str | os.PathLike) -> Splits[RollPiece]:
    """Reads a MATLAB file with the cells `traindata`, `validdata` and `testdata`.

    Raises:
        SeqzooError: If the file cannot be read, or lacks one of them.
        RollError: If a cell holds anything but rolls `(frames, 88)`.
    """
    from scipy.io import loadmat

    try:
        cells = loadmat(path, variable_names=list(CELLS.values()))
    # SciPy raises errors of many kinds on files that are not MATLAB files.
    except Exception as error:
        raise SeqzooError(
            f"{path} cannot be read ({error}): give a MATLAB file of piano rolls."
        ) from error
    missing = [cell for cell in CELLS.values() if cell not in cells]
    if missing:
        raise SeqzooError(f"{path} has no {missing[0]}: it must hold {', '.join(CELLS.values())}.")
    return Splits(
        *(
            [_piece(f"{split} {index}", roll, path) for index, roll in enumerate(cells[cell].flat)]
            for split, cell in CELLS.items()
        )
    )


def _piece(name, roll, path):
    try:
        return RollPiece(name, roll_from_bytes(roll_bytes(roll)))
    except RollError as error:
        raise RollError(f"{path}, {name}: {error}") from error
