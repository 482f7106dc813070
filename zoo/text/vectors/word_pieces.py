"""Cuts words into pieces of a fixed vocabulary, inside the graph."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.zoo.text.splitting.python_splitter import PIECES_OF_A_WORD, WORD_START
from seqzoo.zoo.text.vocabulary import PADDING_ID, UNKNOWN_ID, Vocabulary

LONGEST_PIECE = 64
"""The maximum length of a piece; every step compares a word with pieces of every length."""
_ALL = 2**30
"""More characters than a word has."""


class WordPieces(tf.Module):
    """Cuts words into their longest pieces, from left to right.

    Core operations only, so that every server runs them. `reference_splitter.py` has the twin in
    plain Python.

    >>> pieces = WordPieces(["▁pro", "ferindo", "s"])
    >>> pieces(tf.constant(["proferindo", "pros", ""])).numpy()[:, :3].tolist()
    [[2, 3, 0], [2, 4, 0], [0, 0, 0]]

    Args:
        entries: The pieces, each once; those that begin a word begin with `WORD_START`.

    Raises:
        ValueError: If a piece has more than `LONGEST_PIECE` characters.
    """

    def __init__(self, entries: Sequence[str]) -> None:
        super().__init__()
        self.vocabulary = Vocabulary(entries)
        longest = max(map(len, entries), default=1)
        if longest > LONGEST_PIECE:
            raise ValueError(
                f"A piece of a word has {longest} characters: the most are {LONGEST_PIECE}."
            )
        self._sizes = tf.range(1, longest + 1)

    def __call__(self, keys: Tensor) -> Tensor:
        """Returns the ids of the pieces of words.

        Args:
            keys: Keys of words, strings of any shape; the empty string is padding.

        Returns:
            int32, with one axis more, of `PIECES_OF_A_WORD`; 0 where there is no piece.
        """
        keys = tf.convert_to_tensor(keys, tf.string)
        distinct, places = tf.unique(tf.reshape(keys, [-1]))
        rest = tf.where(distinct == "", "", tf.strings.join([WORD_START, distinct]))
        ids = []
        for _ in range(PIECES_OF_A_WORD):
            piece, length = self._longest_start(rest)
            ids.append(piece)
            rest = tf.strings.substr(rest, length, tf.fill(tf.shape(length), _ALL), "UTF8_CHAR")
        found = tf.gather(tf.stack(ids, axis=1), places)
        return tf.reshape(found, tf.concat([tf.shape(keys), [PIECES_OF_A_WORD]], axis=0))

    def _longest_start(self, texts):
        """Returns the longest piece that each text begins with, and its length.

        If there is none, one character is skipped.
        """
        sizes = self._sizes
        starts = tf.strings.substr(texts[:, None], tf.zeros_like(sizes), sizes, "UTF8_CHAR")
        ids = self.vocabulary(starts)
        known = ids > UNKNOWN_ID
        best = tf.argmax(tf.where(known, sizes, 0), axis=1, output_type=tf.int32)
        found = tf.reduce_any(known, axis=1)
        piece = tf.where(found, tf.gather(ids, best, batch_dims=1), PADDING_ID)
        length = tf.where(found, tf.gather(sizes, best), 1)
        # A start of more characters than there are is all of the text.
        return piece, tf.minimum(length, tf.strings.length(texts, "UTF8_CHAR"))
