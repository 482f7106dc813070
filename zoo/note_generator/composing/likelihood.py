"""Probabilities of events in given pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator

_BATCH = 8


def log_probabilities(task: NoteGenerator, pieces: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Yields, for each piece, the log-probabilities of every event after each of its events.

    Args:
        task: A `NoteGenerator`.
        pieces: Event ids, start token included.

    Yields:
        float32 `(time, vocabulary)`.
    """
    # The logits of all pieces at once could exhaust the memory.
    for start in range(0, len(pieces), _BATCH):
        batch = pieces[start : start + _BATCH]
        token_ids = keras.utils.pad_sequences(batch, padding="post")
        logits = task({"token_ids": token_ids, "padding_mask": token_ids != 0}, training=False)
        rows = np.asarray(keras.ops.log_softmax(keras.ops.cast(logits, "float32")))
        for ids, row in zip(batch, rows, strict=True):
            yield row[: len(ids)]


def token_log_probabilities(
    task: NoteGenerator, pieces: Sequence[np.ndarray]
) -> Iterator[np.ndarray]:
    """Yields the log-probability of each event of a piece but the start token, `(time - 1,)`."""
    for ids, rows in zip(pieces, log_probabilities(task, pieces), strict=True):
        yield rows[np.arange(len(ids) - 1), ids[1:]]
