"""Piano rolls: which keys sound in each frame."""

from typing import Any

import numpy as np

from seqzoo.core.errors import SeqzooError

LOWEST = 21
"""MIDI pitch of the first key of a piano."""

KEYS = 88
"""Keys of a piano."""


class RollError(SeqzooError, ValueError):
    """Something that is no piano roll; the message says what it is."""


def is_one_roll(value: object) -> bool:
    """Whether a value is one roll, not several; a list is several."""
    return isinstance(value, bytes) or (isinstance(value, np.ndarray) and value.ndim == 2)


def roll_bytes(roll: Any, keys: int = KEYS) -> bytes:
    """A roll as bytes, the form in which it travels through `tf.data`.

    Args:
        roll: 0 and 1, or booleans, `(frames, keys)`; or what this function returns.
        keys: Keys of a frame. Defaults to those of a piano.

    Returns:
        A byte for each key, 0 or 1, frame after frame.

    Raises:
        RollError: If it is no such roll.
    """
    if isinstance(roll, bytes):
        if len(roll) % keys or set(roll) - {0, 1}:
            raise RollError(
                f"The bytes of a piano roll must be 0 or 1, {keys} for each frame. Received: "
                f"{len(roll)} bytes"
            )
        return roll
    try:
        values = np.asarray(roll)
    except ValueError:
        values = np.asarray(None)
    if values.ndim != 2 or values.shape[1] != keys or values.dtype.kind not in "biuf":
        raise RollError(
            f"A piano roll must be an array (frames, {keys}) of 0 and 1. Received: "
            + (f"an array {values.shape}" if values.ndim else repr(roll))
        )
    if not np.isin(values, (0, 1)).all():
        raise RollError("A piano roll must be 0 and 1 only. Received: other numbers among them")
    return values.astype("uint8").tobytes()


def roll_from_bytes(values: bytes, keys: int = KEYS) -> np.ndarray:
    """The roll, uint8 `(frames, keys)`, of `roll_bytes`."""
    return np.frombuffer(values, "uint8").reshape(-1, keys)
