"""Sentence splitting inside a TensorFlow graph, by the rules of `python_splitter.py`."""

from typing import NamedTuple

import tensorflow as tf

from seqzoo.zoo.text.sequences import following, latest, previous
from seqzoo.zoo.text.splitting import python_splitter as reference
from seqzoo.zoo.text.splitting.character_tables import is_among
from seqzoo.zoo.text.splitting.hidden_characters import ends_line
from seqzoo.zoo.text.splitting.word_forms import keys_of_normalized, normalized


class FoundWords(NamedTuple):
    """The concatenated words of a batch of texts, and their positions.

    Attributes:
        words: string (words,).
        texts: int64 (words,): the index of the text.
        starts: int64 (words,): in characters that are read, from the start of the first text.
        ends: int64 (words,): as `starts`.
        kinds: int32 (characters,): the kinds of the characters of all texts that are read.
    """

    words: tf.Tensor
    texts: tf.Tensor
    starts: tf.Tensor
    ends: tf.Tensor
    kinds: tf.Tensor


def sentence_indices(found: FoundWords) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the indices of every word's sentence and paragraph in its text: int32 (words,)."""
    is_first = found.texts != previous(found.texts, -1)
    is_new_page = _count_between(found, is_among(found.kinds, reference.PAGE_END)) > 0
    is_behind_blank_line = _count_between(found, ends_line(found.kinds)) > 1
    begins_paragraph = is_first | (is_behind_blank_line & ~is_new_page)
    begins = begins_paragraph | _begins_sentence(found, is_first, is_new_page)
    places = tf.range(tf.size(begins))
    begins |= (places - latest(places, begins, 0)) % reference.MAX_WORDS == 0
    return _count_in_text(begins, is_first), _count_in_text(begins_paragraph, is_first)


def _count_in_text(begins: tf.Tensor, is_first: tf.Tensor) -> tf.Tensor:
    """Counts the beginnings up to each word in its text, from 0."""
    counts = tf.cumsum(tf.cast(begins, tf.int32))
    return counts - latest(counts, is_first, 0)


def _count_between(found: FoundWords, flags: tf.Tensor) -> tf.Tensor:
    """Counts the flagged characters between each word and the previous one."""
    before = tf.gather(tf.cumsum(tf.cast(flags, tf.int32)), found.starts)
    return before - previous(before, 0)


def _begins_sentence(found: FoundWords, is_first: tf.Tensor, is_new_page: tf.Tensor) -> tf.Tensor:
    """Returns whether each word begins a sentence after the end of another, or of a page."""
    kinds = tf.gather(found.kinds, found.starts)
    is_apart = found.starts > previous(found.ends, 0)
    is_long = found.ends - found.starts > 1
    closes = is_among(kinds, reference.CLOSING + reference.APOSTROPHE)
    closes |= is_among(kinds, reference.QUOTES) & (is_long | ~is_apart)
    ends = is_among(kinds, reference.SENTENCE_ENDS) & (is_first | ~_goes_on(found))
    # What closes after an end is an end too.
    ended = latest(ends, is_first | ~closes, False)
    opens = is_among(kinds, reference.SENTENCE_STARTS) & ~closes
    return ((previous(ended, False) & is_apart) | is_new_page) & opens


def _goes_on(found: FoundWords) -> tf.Tensor:
    """Returns whether a sentence continues after a terminator: "art. 5", "(...)"."""
    kinds = tf.gather(found.kinds, found.starts)
    is_full_stop = (found.ends - found.starts == 1) & is_among(kinds, ".")
    is_before_number = following(is_among(kinds, reference.DIGIT), False)
    abbreviates, abbreviates_number = (previous(each, False) for each in _abbreviates(found, kinds))
    abbreviates |= abbreviates_number & is_before_number
    is_prompt = is_among(kinds, reference.OPENING)
    return previous(is_prompt, False) | (is_full_stop & abbreviates)


def _abbreviates(found: FoundWords, kinds: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns whether each word is an abbreviation, and whether it is one before a number."""
    words = normalized(found.words)
    keys = keys_of_normalized(words)
    is_single = tf.strings.length(keys, "UTF8_CHAR") == 1
    is_letter = is_among(kinds, reference.UPPER + reference.LOWER)
    is_longer = tf.strings.regex_full_match(keys, reference.ABBREVIATION)
    is_longer |= tf.strings.regex_full_match(words, reference.ABBREVIATION_BY_CASE)
    is_longer &= ~tf.strings.regex_full_match(words, reference.NO_ABBREVIATION)
    before_number = tf.strings.regex_full_match(keys, reference.ABBREVIATION_BEFORE_NUMBER)
    return tf.where(is_single, is_letter, is_longer), before_number
