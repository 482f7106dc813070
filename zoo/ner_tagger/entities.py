"""Entities in a text, from the tags of its words."""

from collections.abc import Sequence

import tensorflow as tf

from seqzoo.zoo.ner_tagger.chain_answers import ChainAnswers
from seqzoo.zoo.ner_tagger.tag_ids import OUTSIDE
from seqzoo.zoo.text.splitting.word_splitter import SplitText


def entities_of(
    characters: tf.RaggedTensor, split: SplitText, answers: ChainAnswers, labels: Sequence[str]
) -> dict[str, tf.Tensor]:
    """Returns the entities of texts, padded to the text with the most.

    Args:
        characters: The code points of the texts, ragged int32 `(batch, characters)`.
        split: The words of the texts.
        answers: The answers for all words in a row.
        labels: The names of the labels.

    Returns:
        The outputs of `annotate`; see `ner_signatures`.
    """
    tags, paragraphs = answers.tags, split.paragraphs.flat_values
    text_of_word = split.words.value_rowids()
    first = tf.logical_and(tags > OUTSIDE, tags % 2 == 1)
    first_words = tf.cast(tf.where(first)[:, 0], tf.int32)
    number = tf.cumsum(tf.cast(first, tf.int32)) - 1
    in_paragraph = _in_paragraph(paragraphs, first_words, number)
    of_entity = tf.logical_and(tags > OUTSIDE, in_paragraph)
    words = tf.cast(tf.where(of_entity)[:, 0], tf.int32)
    last_words = tf.math.segment_max(words, tf.boolean_mask(number, of_entity))
    start = tf.gather(split.starts.flat_values, first_words)
    end = tf.gather(split.ends.flat_values, last_words)
    texts = tf.gather(text_of_word, first_words)
    flat = {
        "text": _stretches(characters, texts, start, end),
        "label": tf.gather(tf.constant(labels), (tf.gather(tags, first_words) - 1) // 2),
        "start": start,
        "end": end,
        "score": tf.where(
            tf.gather(_ends_paragraph(paragraphs), last_words),
            tf.gather(answers.begun_scores, last_words),
            tf.gather(answers.entity_scores, first_words),
        ),
    }
    count = tf.math.bincount(
        tf.cast(texts, tf.int32),
        minlength=tf.cast(split.words.nrows(), tf.int32),
    )
    padding = {"text": "", "label": "", "start": -1, "end": -1, "score": 0.0}
    padded = {
        name: tf.RaggedTensor.from_row_lengths(values, count).to_tensor(padding[name])
        for name, values in flat.items()
    }
    return {**padded, "count": count}


def _in_paragraph(paragraphs: tf.Tensor, first_words: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
    """Which words are in the paragraph in which the last entity up to them begins.

    A passage has several paragraphs, and an entity one. Whether an end of a sentence is one, or the
    full stop of an abbreviation, is for the chain to say.
    """
    began = tf.concat([[-1], tf.gather(paragraphs, first_words)], axis=0)
    return tf.gather(began, number + 1) == paragraphs


def _ends_paragraph(paragraphs: tf.Tensor) -> tf.Tensor:
    """Marks the words that end a paragraph, after which an entity may not continue.

    Not all of the last words of texts are among them: the chain ends there too.
    """
    return paragraphs != tf.roll(paragraphs, -1, axis=0)


def _stretches(
    characters: tf.RaggedTensor, texts: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor
) -> tf.Tensor:
    """Returns substrings of texts, between two places each."""
    first = tf.gather(characters.row_starts(), texts)
    places = tf.ragged.range(
        first + tf.cast(starts, first.dtype), first + tf.cast(ends, first.dtype)
    )
    return tf.strings.unicode_encode(tf.gather(characters.flat_values, places), "UTF-8")
