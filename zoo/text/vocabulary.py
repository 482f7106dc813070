"""Vocabularies inside graphs."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from seqzoo.core.types import Tensor

PADDING_ID, UNKNOWN_ID = 0, 1
UNKNOWN = "[UNK]"


def is_entry(text: str) -> bool:
    """Returns whether a text can be an entry of a vocabulary, and a line of its file."""
    return text != "" and "\n" not in text and "\r" not in text


class Vocabulary(tf.Module):
    """Maps texts to ids: 0 for padding, the empty string; 1 for unknown texts; then the entries.

    Unlike `keras.layers.StringLookup`, it can be empty, as before the preset of a model is loaded.

    Args:
        entries: The texts, each once.

    Raises:
        ValueError: If an entry is empty, contains a line end, or is a duplicate.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__()
        if len(set(entries)) < len(entries) or not all(map(is_entry, entries)):
            raise ValueError(
                "A vocabulary has an entry that is empty, holds a line end, or stands there twice."
            )
        self.entries = tuple(entries)
        ids = [PADDING_ID, *range(UNKNOWN_ID + 1, UNKNOWN_ID + 1 + len(entries))]
        self._table = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(["", *entries], ids, tf.string, tf.int32),
            default_value=UNKNOWN_ID,
        )

    def __call__(self, texts: Tensor) -> Tensor:
        """Returns the ids, int32, of strings of any shape."""
        return self._table.lookup(tf.convert_to_tensor(texts, tf.string))

    def __len__(self):
        return UNKNOWN_ID + 1 + len(self.entries)

    def listed(self) -> list[str]:
        """Returns the texts by id."""
        return ["", UNKNOWN, *self.entries]
