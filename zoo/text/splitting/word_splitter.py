"""Word and sentence splitting inside a TensorFlow graph.

Uses core operations only, so it runs wherever TensorFlow does: in TF Serving and in `tf.data`. The
rules are defined in `python_splitter.py`, which finds words by a regular expression; here, every
step processes all characters at once, and the time is linear in the length of the texts.
"""

from typing import NamedTuple

import tensorflow as tf

from seqzoo.zoo.text.splitting import python_splitter as reference
from seqzoo.zoo.text.splitting.character_tables import is_among, kinds_of
from seqzoo.zoo.text.splitting.hidden_characters import is_blank, is_hidden
from seqzoo.zoo.text.splitting.sentence_splitter import FoundWords, sentence_indices


class SplitText(NamedTuple):
    """The words of a batch of texts.

    Attributes:
        words: Ragged string (batch, words): the words, as written in the text.
        starts: Ragged int32 (batch, words): where they start, in characters (Unicode code points)
            from the start of the text.
        ends: Ragged int32 (batch, words): where they end (exclusive).
        sentences: Ragged int32 (batch, words): the index of their sentence in the text.
        paragraphs: Ragged int32 (batch, words): the index of their paragraph in the text.
    """

    words: tf.RaggedTensor
    starts: tf.RaggedTensor
    ends: tf.RaggedTensor
    sentences: tf.RaggedTensor
    paragraphs: tf.RaggedTensor


def characters_of(texts: tf.Tensor) -> tf.RaggedTensor:
    r"""The characters that offsets count, as code points: ragged int32 (batch, characters).

    Args:
        texts: string (batch,), in UTF-8. Bytes that make no character are read as U+FFFD: every
            longest stretch that begins a character without ending it is one, and so is every
            other byte. Python's `errors="replace"` does the same (`python_splitter.decode`).

    >>> characters_of([b"a\xe2\x82\xff"]).to_list() == [[ord("a"), 0xFFFD, 0xFFFD]]
    True
    """
    return tf.strings.unicode_decode(texts, "UTF-8")


def split_words(texts: tf.Tensor) -> SplitText:
    """Splits texts into words, sentences and paragraphs.

    Args:
        texts: string (batch,), read by `characters_of`.

    >>> split = split_words(["Olá, João!", ""])
    >>> [[word.decode() for word in words] for words in split.words.to_list()]
    [['Olá', ',', 'João', '!'], []]
    >>> split.starts.to_list(), split.ends.to_list()
    ([[0, 3, 5, 9], []], [[3, 4, 9, 10], []])
    """
    # The blank line keeps neighbouring texts apart.
    decoded = characters_of(tf.strings.join([texts, 2 * reference.LINE_END]))
    kinds = kinds_of(decoded.values)
    places = tf.where(~is_hidden(kinds))[:, 0]
    kinds = tf.gather(kinds, places)
    read_starts, read_ends = _find_words(kinds)
    starts, ends = tf.gather(places, read_starts), tf.gather(places, read_ends - 1) + 1
    text_ids = tf.gather(decoded.value_rowids(), starts)
    characters = tf.gather(decoded.values, tf.ragged.range(starts, ends))
    words = tf.strings.unicode_encode(characters, "UTF-8")
    found = FoundWords(words, text_ids, read_starts, read_ends, kinds)
    offsets = tf.gather(decoded.row_starts(), text_ids)

    def by_text(values: tf.Tensor) -> tf.RaggedTensor:
        rows = decoded.nrows()
        return tf.RaggedTensor.from_value_rowids(values, text_ids, rows, validate=False)

    return SplitText(
        by_text(words),
        by_text(tf.cast(starts - offsets, tf.int32)),
        by_text(tf.cast(ends - offsets, tf.int32)),
        *map(by_text, sentence_indices(found)),
    )


def _find_words(kinds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the starts and ends of words among the characters that are read, int64."""
    stretches = _stretch_starts(kinds)
    bounds = tf.concat([stretches, tf.size(kinds, tf.int64)[None]], axis=0)
    is_word = ~is_blank(tf.gather(kinds, stretches))
    return tf.boolean_mask(stretches, is_word), tf.boolean_mask(bounds[1:], is_word)


def _stretch_starts(kinds: tf.Tensor) -> tf.Tensor:
    """Returns the starts of words and single spaces: int64."""
    # The neighbour of the first character is the last, which is a line end.
    extends = is_among(kinds, reference.EXTENDER + reference.JOINER)
    extends &= ~is_blank(tf.roll(kinds, 1, axis=0))
    bases = tf.where(~extends)[:, 0]
    is_behind_joiner = tf.gather(is_among(tf.roll(kinds, 1, axis=0), reference.JOINER), bases)
    continues = _continues(tf.gather(kinds, bases), is_behind_joiner)
    return tf.boolean_mask(bases, ~continues)


def _continues(kinds: tf.Tensor, is_behind_joiner: tf.Tensor) -> tf.Tensor:
    """Returns which characters continue the word of the previous one; none is an extender."""

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
