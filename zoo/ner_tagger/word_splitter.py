"""Raw text to words and sentences, inside a TensorFlow graph.

Core operations only, so it runs wherever TensorFlow does: in TF Serving and in `tf.data`. The rules
stand in `reference_splitter.py`, which finds words by one regular expression; here, every step
treats all characters at once, and the time is linear in the length of the texts.
"""

from typing import NamedTuple

import tensorflow as tf

from seqzoo.zoo.ner_tagger import reference_splitter as reference
from seqzoo.zoo.ner_tagger.character_tables import is_among, kinds_of
from seqzoo.zoo.ner_tagger.sentence_splitter import FoundWords, sentence_indices


class SplitText(NamedTuple):
    """The words of a batch of texts.

    Attributes:
        words: Ragged string (batch, words): the words, as they stand in the text.
        starts: Ragged int32 (batch, words): where they start, in characters (Unicode code points)
            from the start of the text.
        ends: Ragged int32 (batch, words): where they end; the character there is no part of them.
        sentences: Ragged int32 (batch, words): the index of their sentence in the text.
    """

    words: tf.RaggedTensor
    starts: tf.RaggedTensor
    ends: tf.RaggedTensor
    sentences: tf.RaggedTensor


def characters_of(texts: tf.Tensor) -> tf.RaggedTensor:
    r"""The characters that offsets count, as code points: ragged int32 (batch, characters).

    Args:
        texts: string (batch,), in UTF-8. Bytes that make no character are read as U+FFFD: every
            longest stretch that begins a character without ending it is one, and so is every
            other byte. Python's `errors="replace"` does the same (`reference_splitter.decode`).

    >>> characters_of([b"a\xe2\x82\xff"]).to_list() == [[ord("a"), 0xFFFD, 0xFFFD]]
    True
    """
    return tf.strings.unicode_decode(texts, "UTF-8")


def split_words(texts: tf.Tensor) -> SplitText:
    """Splits texts into words and their words into sentences.

    Args:
        texts: string (batch,), read by `characters_of`.

    >>> split = split_words(["Olá, João!", ""])
    >>> [[word.decode() for word in words] for words in split.words.to_list()]
    [['Olá', ',', 'João', '!'], []]
    >>> split.starts.to_list(), split.ends.to_list()
    ([[0, 3, 5, 9], []], [[3, 4, 9, 10], []])
    """
    # The space keeps neighbouring texts apart.
    decoded = characters_of(tf.strings.join([texts, reference.SPACE]))
    found = _find_words(decoded)
    offsets = tf.gather(decoded.row_starts(), found.texts)

    def by_text(values: tf.Tensor) -> tf.RaggedTensor:
        rows, row_ids = decoded.nrows(), found.texts
        return tf.RaggedTensor.from_value_rowids(values, row_ids, rows, validate=False)

    return SplitText(
        by_text(found.words),
        by_text(tf.cast(found.starts - offsets, tf.int32)),
        by_text(tf.cast(found.ends - offsets, tf.int32)),
        by_text(sentence_indices(found)),
    )


def _find_words(decoded: tf.RaggedTensor) -> FoundWords:
    characters = decoded.values
    kinds = kinds_of(characters)
    stretches = _stretch_starts(characters, kinds)
    bounds = tf.concat([stretches, tf.size(characters, tf.int64)[None]], axis=0)
    by_stretch = tf.RaggedTensor.from_row_splits(characters, bounds, validate=False)
    is_word = ~_is_blank(tf.gather(kinds, stretches))
    starts = tf.boolean_mask(stretches, is_word)
    return FoundWords(
        words=tf.boolean_mask(tf.strings.unicode_encode(by_stretch, "UTF-8"), is_word),
        texts=tf.gather(decoded.value_rowids(), starts),
        starts=starts,
        ends=tf.boolean_mask(bounds[1:], is_word),
        kinds=kinds,
    )


def _stretch_starts(characters: tf.Tensor, kinds: tf.Tensor) -> tf.Tensor:
    """Where words and single spaces start: int64."""
    # The neighbour of the first character is the last, which is a space.
    extends = is_among(kinds, reference.EXTENDER + reference.JOINER)
    extends &= ~_is_blank(tf.roll(kinds, 1, axis=0))
    bases = tf.where(~extends)[:, 0]
    is_behind_joiner = tf.gather(is_among(tf.roll(kinds, 1, axis=0), reference.JOINER), bases)
    continues = _continues(tf.gather(kinds, bases), is_behind_joiner)
    return tf.boolean_mask(bases, ~continues)


def _continues(kinds: tf.Tensor, is_behind_joiner: tf.Tensor) -> tf.Tensor:
    """Which characters go on with the word of the one before them; none of them extends one."""

    def before(values: tf.Tensor) -> tf.Tensor:
        return tf.roll(values, 1, axis=0)

    def is_inside(links: str, linked: tf.Tensor) -> tf.Tensor:
        return is_among(kinds, links) & before(linked) & tf.roll(linked, -1, axis=0)

    is_digit = is_among(kinds, reference.DIGIT)
    is_plain = is_digit | is_among(kinds, reference.LETTERS)
    is_flag = is_among(kinds, reference.FLAG)
    is_symbol = ~is_among(kinds, reference.NO_SYMBOLS)
    is_link = is_inside(reference.LINKS, is_plain) | is_inside(reference.NUMBER_LINKS, is_digit)
    is_like_before = (kinds == before(kinds)) | is_behind_joiner
    return (
        is_link
        | (is_plain & before(is_plain | is_link))
        | (is_flag & before(is_flag))
        | (is_symbol & before(is_symbol) & is_like_before)
    )


def _is_blank(kinds: tf.Tensor) -> tf.Tensor:
    return is_among(kinds, reference.SPACE + reference.LINE_END)
