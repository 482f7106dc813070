"""Lookup tables of character properties inside a TensorFlow graph.

TensorFlow's own Unicode tables (ICU's and RE2's) have other versions than Python's, and its
`tf.strings.lower` depends on the locale of the machine. Therefore the graph contains tables made
from `python_splitter.py`, some 40 KB, and gives the same results on all machines.
"""

import functools
import sys
import unicodedata

import numpy as np
import tensorflow as tf

from seqzoo.zoo.text.sequences import following, previous
from seqzoo.zoo.text.splitting.python_splitter import KINDS, compositions, key_character, kind

_OWN_KIND = 0


def kinds_of(characters: tf.Tensor) -> tf.Tensor:
    """Maps characters to their kinds (`python_splitter.kind`): code points, int32."""
    starts, kinds = map(tf.constant, _kind_ranges())
    found = tf.gather(kinds, tf.searchsorted(starts, characters, side="right") - 1)
    return tf.where(found == _OWN_KIND, characters, found)


def key_characters(characters: tf.Tensor) -> tf.Tensor:
    """Maps characters to those in vocabulary keys: code points, int32."""
    changing, changed = map(tf.constant, _key_changes())
    places = tf.minimum(tf.searchsorted(changing, characters), tf.size(changing) - 1)
    changes = tf.gather(changing, places) == characters
    return tf.where(changes, tf.gather(changed, places), characters)


def composed(characters: tf.RaggedTensor) -> tf.RaggedTensor:
    """Composes characters with the marks after them (`python_splitter.composed`).

    Args:
        characters: The code points of every text, int32 `(texts, characters)`.
    """
    pairs, wholes = map(tf.constant, _composed_pairs())
    values, rows = characters.values, characters.value_rowids()
    # Every round composes at most one mark with each character.
    for _ in range(_most_marks()):
        given = _pair(values, following(values, 0))
        places = tf.minimum(tf.searchsorted(pairs, given), tf.size(pairs) - 1)
        composes = (tf.gather(pairs, places) == given) & (rows == following(rows, -1))
        values = tf.where(composes, tf.gather(wholes, places), values)
        stays = ~previous(composes, False)
        values, rows = tf.boolean_mask(values, stays), tf.boolean_mask(rows, stays)
    return tf.RaggedTensor.from_value_rowids(values, rows, characters.nrows(), validate=False)


def is_among(characters: tf.Tensor, listed: str) -> tf.Tensor:
    """Returns whether each code point is one of the listed characters: bool, the same shape."""
    return tf.reduce_any(characters[..., None] == [ord(each) for each in listed], axis=-1)


def _every_character() -> map:
    return map(chr, range(sys.maxunicode + 1))


@functools.cache
def _kind_ranges() -> tuple[np.ndarray, np.ndarray]:
    """Returns the first character of every range of one kind, and the kinds."""
    kinds = (kind(character) for character in _every_character())
    codes = [ord(each) if each in KINDS else _OWN_KIND for each in kinds]
    starts = [0, *(place for place in range(1, len(codes)) if codes[place] != codes[place - 1])]
    return np.array(starts, np.int32), np.array([codes[start] for start in starts], np.int32)


@functools.cache
def _key_changes() -> tuple[np.ndarray, np.ndarray]:
    """Returns the characters that may change in a key, in order, and their replacements."""
    candidates = (each for each in _every_character() if each.lower() != each or each.isdecimal())
    pairs = [(ord(each), ord(key_character(each))) for each in candidates]
    changing, changed = np.array(pairs, np.int32).T
    return changing, changed


def _pair(first: tf.Tensor, mark: tf.Tensor) -> tf.Tensor:
    """Encodes a character and a mark as one number."""
    return tf.cast(first, tf.int64) * (sys.maxunicode + 1) + tf.cast(mark, tf.int64)


@functools.cache
def _composed_pairs() -> tuple[np.ndarray, np.ndarray]:
    """Returns all composable pairs of a character and a mark, in order, and their compositions."""
    found = sorted(
        (ord(pair[0]) * (sys.maxunicode + 1) + ord(pair[1]), ord(whole))
        for pair, whole in compositions().items()
    )
    pairs, wholes = zip(*found, strict=True)
    return np.array(pairs, np.int64), np.array(wholes, np.int32)


@functools.cache
def _most_marks() -> int:
    """Returns the maximum number of marks that compose with one character."""
    return max(len(unicodedata.normalize("NFD", each)) for each in compositions().values()) - 1
