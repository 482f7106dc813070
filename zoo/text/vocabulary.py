"""A vocabulary inside a graph."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from seqzoo.core.types import Tensor

PADDING_ID, UNKNOWN_ID = 0, 1
UNKNOWN = "[UNK]"


def is_entry(text: str) -> bool:
    """Whether a text can be an entry of a vocabulary, and a line of the file that keeps it."""
    return text != "" and "\n" not in text and "\r" not in text


class Vocabulary(tf.Module):
    """The ids of texts: 0 of padding, the empty string; 1 of what is unknown; then the entries.

    `keras.layers.StringLookup` does the same but for vocabularies without entries, which a model
    has before its preset is read.

    Args:
        entries: The texts, each once.

    Raises:
        ValueError: If an entry is empty, holds a line end, or stands there twice.
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
        """The ids, int32, of strings of any shape."""
        return self._table.lookup(tf.convert_to_tensor(texts, tf.string))

    def __len__(self):
        return UNKNOWN_ID + 1 + len(self.entries)

    def listed(self) -> list[str]:
        """The texts by id."""
        return ["", UNKNOWN, *self.entries]
