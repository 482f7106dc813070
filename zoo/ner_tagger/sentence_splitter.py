"""Words to sentences, inside a TensorFlow graph, by the rules of `reference_splitter.py`."""

import re
from typing import NamedTuple

import tensorflow as tf

from seqzoo.zoo.ner_tagger import reference_splitter as reference
from seqzoo.zoo.ner_tagger.character_tables import is_among
from seqzoo.zoo.ner_tagger.word_forms import vocabulary_keys


class FoundWords(NamedTuple):
    """The words of a batch of texts, one after another, and where they stand.

    Attributes:
        words: string (words,).
        texts: int64 (words,): the index of the text.
        starts: int64 (words,): in characters from the start of the first text.
        ends: int64 (words,): as `starts`.
        kinds: int32 (characters,): the kinds of the characters of all texts.
    """

    words: tf.Tensor
    texts: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor
    kinds: tf.Tensor


def sentence_indices(found: FoundWords) -> tf.Tensor:
    """The index of every word's sentence in its text: int32 (words,)."""
    is_first = found.texts != _previous(found.texts, -1)
    begins = is_first | _is_behind_blank_line(found) | _is_behind_end(found, is_first)
    places = tf.range(tf.size(begins))
    begins |= (places - _latest(places, begins)) % reference.MAX_WORDS == 0
    counts = tf.cumsum(tf.cast(begins, tf.int32))
    return counts - _latest(counts, is_first)


def _is_behind_blank_line(found: FoundWords) -> tf.Tensor:
    line_ends = tf.cumsum(tf.cast(is_among(found.kinds, reference.LINE_END), tf.int32))
    before = tf.gather(line_ends, found.starts)
    return before - _previous(before, 0) > 1


def _is_behind_end(found: FoundWords, is_first: tf.Tensor) -> tf.Tensor:
    """Whether a word opens a sentence behind the end of another."""
    kinds = tf.gather(found.kinds, found.starts)
    is_apart = found.starts > _previous(found.ends, 0)
    is_long = found.ends - found.starts > 1
    closes = is_among(kinds, reference.CLOSING + reference.APOSTROPHE)
    closes |= is_among(kinds, reference.QUOTES) & (is_long | ~is_apart)
    ends = is_among(kinds, reference.SENTENCE_ENDS) & (is_first | ~_goes_on(found))
    # What closes behind an end is an end too.
    ended = _latest(ends, is_first | ~closes)
    opens = is_among(kinds, reference.SENTENCE_STARTS) & ~closes
    return _previous(ended, False) & is_apart & opens


def _goes_on(found: FoundWords) -> tf.Tensor:
    """Whether a sentence goes on behind a sign at its end: "art. 5", "(...)"."""
    kinds = tf.gather(found.kinds, found.starts)
    is_single = found.ends - found.starts == 1
    is_letter = is_single & is_among(kinds, reference.UPPER + reference.LOWER)
    abbreviations = "|".join(map(re.escape, reference.ABBREVIATIONS))
    abbreviates = tf.strings.regex_full_match(vocabulary_keys(found.words), abbreviations)
    is_full_stop = is_single & is_among(kinds, ".")
    is_opening = is_among(kinds, reference.OPENING)
    return _previous(is_opening, False) | (is_full_stop & _previous(is_letter | abbreviates, False))


def _previous(values: tf.Tensor, first) -> tf.Tensor:
    """Every value's predecessor."""
    return tf.concat([tf.constant([first], values.dtype), values], axis=0)[:-1]


def _latest(values: tf.Tensor, flags: tf.Tensor) -> tf.Tensor:
    """At every place, the value at the last place up to it that is flagged; the first must be."""
    return tf.gather(tf.boolean_mask(values, flags), tf.cumsum(tf.cast(flags, tf.int32)) - 1)
