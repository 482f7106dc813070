"""Vocabulary keys and shapes of words inside a TensorFlow graph.

Uses core operations only. `python_splitter.py` is the equivalent in plain Python.
"""

import tensorflow as tf

from seqzoo.zoo.text.splitting import python_splitter as reference
from seqzoo.zoo.text.splitting.character_tables import composed, is_among, key_characters, kinds_of


def normalized(words: tf.Tensor) -> tf.Tensor:
    """Normalizes words: letters are composed with their marks, and signs simplified.

    Args:
        words: string, any shape, in UTF-8.

    >>> normalized(["``", "2016\u20132018", "a\u00adc\u0327o"]).numpy()[:2].tolist()
    [b'"', b'2016-2018']
    """
    words = tf.convert_to_tensor(words)
    characters = _characters(tf.strings.regex_replace(words, reference.DIVISION, ""))
    dropped = is_among(kinds_of(characters.values), reference.DROPPED)
    read = _as_words(composed(tf.ragged.boolean_mask(characters, characters.with_values(~dropped))))
    read = tf.reshape(read, tf.shape(words))
    words = tf.where(read == "", words, read)
    for pattern, plain in reference.NORMAL_FORMS:
        words = tf.strings.regex_replace(words, pattern, plain)
    return words


def vocabulary_keys(words: tf.Tensor) -> tf.Tensor:
    """Returns the vocabulary keys of words: normalized, in lower case, every digit 0.

    Args:
        words: string, any shape, in UTF-8.

    >>> [key.decode() for key in vocabulary_keys(["São", "8.666/93"]).numpy()]
    ['são', '0.000/00']
    """
    return keys_of_normalized(normalized(words))


def keys_of_normalized(words: tf.Tensor) -> tf.Tensor:
    """Returns the keys of normalized words; see `vocabulary_keys`."""
    characters = _characters(words)
    keys = composed(characters.with_values(key_characters(characters.values)))
    return tf.reshape(_as_words(keys), tf.shape(words))


def word_shapes(words: tf.Tensor) -> tf.Tensor:
    """Returns the shapes of words.

    Args:
        words: string, any shape, in UTF-8.

    Returns:
        int32 of the same shape, from `python_splitter.PADDING` for empty words to
        `python_splitter.OTHER`.

    >>> word_shapes([["93", "8.666/93", "1º"], ["lei", "STF", "São"]]).numpy()
    array([[1, 2, 3],
           [4, 5, 7]], dtype=int32)
    """
    return shapes_of_normalized(normalized(words))


def shapes_of_normalized(words: tf.Tensor) -> tf.Tensor:
    """Returns the shapes of normalized words; see `word_shapes`."""
    characters = _characters(words)
    kinds = characters.with_values(kinds_of(characters.values))
    upper, lower, uncased, digits = (
        _count(kinds, each)
        for each in (reference.UPPER, reference.LOWER, reference.UNCASED, reference.DIGIT)
    )
    lengths = tf.cast(kinds.row_lengths(), tf.int32)
    starts_upper = is_among(kinds[:, :1].to_tensor(shape=[None, 1])[:, 0], reference.UPPER)
    # The first true case applies.
    cases = [
        (lengths == 0, reference.PADDING),
        ((digits > 0) & (upper + lower + uncased > 0), reference.LETTERS_AND_DIGITS),
        (digits == lengths, reference.DIGITS),
        (digits > 0, reference.NUMBER),
        ((lower > 0) & (upper == 0), reference.LOWER_CASE),
        ((lower > 0) & (upper == 1) & starts_upper, reference.CAPITALISED),
        (lower > 0, reference.MIXED_CASE),
        (upper > 1, reference.UPPER_CASE),
        (upper == 1, reference.SINGLE_UPPER),
    ]
    shapes = tf.fill(tf.shape(lengths), reference.OTHER)
    for holds, shape in reversed(cases):
        shapes = tf.where(holds, shape, shapes)
    return tf.reshape(shapes, tf.shape(words))


def _characters(words: tf.Tensor) -> tf.RaggedTensor:
    """Returns the code points of every word, with the words flattened to one axis."""
    return tf.strings.unicode_decode(tf.reshape(words, [-1]), "UTF-8")


def _as_words(characters: tf.RaggedTensor) -> tf.Tensor:
    return tf.strings.unicode_encode(characters, "UTF-8")


def _count(kinds: tf.RaggedTensor, kind: str) -> tf.Tensor:
    return tf.reduce_sum(tf.cast(kinds == ord(kind), tf.int32), axis=1)
