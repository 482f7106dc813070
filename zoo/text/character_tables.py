"""Facts about characters, looked up inside a TensorFlow graph.

TensorFlow's own Unicode tables (ICU's and RE2's) are of other versions than Python's, and its
`tf.strings.lower` follows the locale of the machine. So the graph carries tables made from
`reference_splitter.py`, some 40 KB, and answers everywhere as where it was made.
"""

import functools
import sys
import unicodedata

import numpy as np
import tensorflow as tf

from seqzoo.zoo.text.python_splitter import KINDS, compositions, key_character, kind
from seqzoo.zoo.text.sequences import following, previous

_OWN_KIND = 0


def kinds_of(characters: tf.Tensor) -> tf.Tensor:
    """The kinds of characters (`reference_splitter.kind`): code points to code points, int32."""
    starts, kinds = map(tf.constant, _kind_ranges())
    found = tf.gather(kinds, tf.searchsorted(starts, characters, side="right") - 1)
    return tf.where(found == _OWN_KIND, characters, found)


def key_characters(characters: tf.Tensor) -> tf.Tensor:
    """What characters are in a key of the vocabulary: code points to code points, int32."""
    changing, changed = map(tf.constant, _key_changes())
    places = tf.minimum(tf.searchsorted(changing, characters), tf.size(changing) - 1)
    changes = tf.gather(changing, places) == characters
    return tf.where(changes, tf.gather(changed, places), characters)


def composed(characters: tf.RaggedTensor) -> tf.RaggedTensor:
    """Texts in which characters and the marks after them are one (`reference_splitter.composed`).

    Args:
        characters: The code points of every text, int32 `(texts, characters)`.
    """
    pairs, wholes = map(tf.constant, _composed_pairs())
    values, rows = characters.values, characters.value_rowids()
    # A mark composes nothing itself, so every round takes at most one mark to every character.
    for _ in range(_most_marks()):
        given = _pair(values, following(values, 0))
        places = tf.minimum(tf.searchsorted(pairs, given), tf.size(pairs) - 1)
        composes = (tf.gather(pairs, places) == given) & (rows == following(rows, -1))
        values = tf.where(composes, tf.gather(wholes, places), values)
        stays = ~previous(composes, False)
        values, rows = tf.boolean_mask(values, stays), tf.boolean_mask(rows, stays)
    return tf.RaggedTensor.from_value_rowids(values, rows, characters.nrows(), validate=False)


def is_among(characters: tf.Tensor, listed: str) -> tf.Tensor:
    """Whether each of the code points is one of the listed characters: bool, the same shape."""
    return tf.reduce_any(characters[..., None] == [ord(each) for each in listed], axis=-1)


def _every_character() -> map:
    return map(chr, range(sys.maxunicode + 1))


@functools.cache
def _kind_ranges() -> tuple[np.ndarray, np.ndarray]:
    """The first character of every range of one kind, and the kinds."""
    kinds = (kind(character) for character in _every_character())
    codes = [ord(each) if each in KINDS else _OWN_KIND for each in kinds]
    starts = [0, *(place for place in range(1, len(codes)) if codes[place] != codes[place - 1])]
    return np.array(starts, np.int32), np.array([codes[start] for start in starts], np.int32)


@functools.cache
def _key_changes() -> tuple[np.ndarray, np.ndarray]:
    """The characters that may be others in a key, in order, and these others."""
    candidates = (each for each in _every_character() if each.lower() != each or each.isdecimal())
    pairs = [(ord(each), ord(key_character(each))) for each in candidates]
    changing, changed = np.array(pairs, np.int32).T
    return changing, changed


def _pair(first: tf.Tensor, mark: tf.Tensor) -> tf.Tensor:
    """A character and a mark as one number."""
    return tf.cast(first, tf.int64) * (sys.maxunicode + 1) + tf.cast(mark, tf.int64)


@functools.cache
def _composed_pairs() -> tuple[np.ndarray, np.ndarray]:
    """Every pair of a character and a mark that compose, in order, and what they compose."""
    found = sorted(
        (ord(pair[0]) * (sys.maxunicode + 1) + ord(pair[1]), ord(whole))
        for pair, whole in compositions().items()
    )
    pairs, wholes = zip(*found, strict=True)
    return np.array(pairs, np.int64), np.array(wholes, np.int32)


@functools.cache
def _most_marks() -> int:
    """The most marks that are composed with one character."""
    return max(len(unicodedata.normalize("NFD", each)) for each in compositions().values()) - 1
