"""Piano rolls: the keys that sound in each frame."""

from typing import Any

import numpy as np

from seqzoo.core.errors import SeqzooError

LOWEST = 21
"""MIDI pitch of the lowest piano key."""

KEYS = 88
"""Number of piano keys."""


class RollError(SeqzooError, ValueError):
    """Raised for a value that is not a valid piano roll; the message describes it."""


def is_one_roll(value: object) -> bool:
    """Returns whether a value is a single roll; a list holds several."""
    return isinstance(value, bytes) or (isinstance(value, np.ndarray) and value.ndim == 2)


def roll_bytes(roll: Any, keys: int = KEYS) -> bytes:
    """Serializes a roll to bytes, the form in which it passes through `tf.data`.

    Args:
        roll: Zeros and ones, or booleans, `(frames, keys)`; or bytes from this function.
        keys: Number of keys in a frame. Defaults to the 88 keys of a piano.

    Returns:
        One byte per key, 0 or 1, frame by frame.

    Raises:
        RollError: If the value is not such a roll.
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
    """Returns the roll, uint8 `(frames, keys)`, from the bytes of `roll_bytes`."""
    return np.frombuffer(values, "uint8").reshape(-1, keys)
