"""Turns sentences into the inputs of the network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import keras_nlp
import numpy as np
import tensorflow as tf

from seqzoo.core.arguments import check_integer
from seqzoo.core.types import Config
from seqzoo.zoo.base.length_batches import length_batches
from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone
from seqzoo.zoo.ner_tagger.tokenizer import NERTokenizer

BATCH_SIZE = 32
MAX_PASSAGE_WORDS = 1024
"""The longest passage of a text, which bounds the memory; training passages may be longer."""
_AVERAGE_WORDS = 28
"""Words of an average sentence of legal text; a batch has room for `batch_size` of those."""


@keras.saving.register_keras_serializable("seqzoo")
class NERTaggerPreprocessor(keras_nlp.models.Preprocessor):
    """Turns sentences, split into words, into the inputs of a `NERTaggerBackbone`.

    >>> tokenizer = NERTokenizer.of_words(["Ana", "mora", "em", "Lisboa"], min_count=1)
    >>> inputs = NERTaggerPreprocessor(tokenizer)([["Ana", "mora"], ["Lisboa", ""]])
    >>> {name: ids.shape.as_list() for name, ids in inputs.items()}
    {'word_ids': [2, 2], 'character_ids': [2, 2, 20], 'shape_ids': [2, 2]}

    The network reads passages: neighbouring sentences of a text, each in the context of the others.
    Sentences belong to one passage if they begin among the same `passage_words` words of the text.

    Args:
        tokenizer: A `NERTokenizer`.
        passage_words: See above. With 1 every sentence is read alone. Defaults to 96.
        **kwargs: Of `keras_nlp.models.Preprocessor`.

    Call arguments:
        x: Words: strings `(batch, time)`, where the empty string is padding, or ragged.
        y: Tag ids, integers `(batch, time)`.
        sample_weight: One number for every sentence.
    """

    backbone_cls = NERTaggerBackbone
    tokenizer_cls = NERTokenizer

    def __init__(self, tokenizer: NERTokenizer, passage_words: int = 96, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_integer("passage_words", passage_words, 1, MAX_PASSAGE_WORDS)
        self.tokenizer = tokenizer
        self.passage_words = passage_words

    def get_config(self) -> Config:
        """Every constructor argument."""
        return {**super().get_config(), "passage_words": self.passage_words}

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """The ids; `(ids, y)` or `(ids, y, sample_weight)` where they are given."""
        words = x.to_tensor("") if isinstance(x, tf.RaggedTensor) else tf.convert_to_tensor(x)
        if isinstance(y, tf.RaggedTensor):
            y = y.to_tensor()
        return keras.utils.pack_x_y_sample_weight(self.tokenizer(words), y, sample_weight)

    def network_inputs(self, sentences: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
        """The inputs of the network for sentences, padded to the longest.

        Args:
            sentences: The words of every sentence.
        """
        words = tf.ragged.constant(sentences, tf.string, ragged_rank=1).to_tensor("")
        return {name: ids.numpy() for name, ids in self.tokenizer(words).items()}

    def batches(
        self,
        sentences: Sequence[Sequence[str]],
        tag_ids: Sequence[Sequence[int]] | None = None,
        batch_size: int | None = None,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Passages of like lengths in batches.

        Args:
            sentences: The words of every sentence, those of a text in their order.
            tag_ids: The tag of every word. Defaults to none.
            batch_size: Sentences of average length that a batch has room for. Defaults to 32.
            rng: Draws the order, again in every pass. Defaults to the same order every time.

        Returns:
            Batches of `(x, y, sample_weight)`, or of `x`. Rows that are left over are padding, and
            weigh nothing.

        Raises:
            ValueError: If there are no words.
        """
        lengths = self.passage_lengths(sentences)
        if not any(lengths):
            raise ValueError("There are no words to learn from: give at least one sentence.")
        ids = self._flat_ids(sentences)
        if tag_ids is not None:
            ids["tags"] = np.concatenate([np.asarray(tags, "int32") for tags in tag_ids])
        size = (batch_size or BATCH_SIZE) * _AVERAGE_WORDS

        def generate():
            for batch in length_batches(lengths, size, rng):
                arrays = _arrays(ids, lengths, batch)
                y = arrays.pop("tags", None)
                if y is None:
                    yield arrays
                else:
                    weights = (np.arange(batch.rows) < len(batch.indices)).astype("float32")
                    yield arrays, y, weights

        specs: Any = {
            name: tf.TensorSpec((None, None, *values.shape[1:]), values.dtype)
            for name, values in ids.items()
        }
        y_spec = specs.pop("tags", None)
        if y_spec is not None:
            specs = specs, y_spec, tf.TensorSpec((None,), tf.float32)
        dataset = tf.data.Dataset.from_generator(generate, output_signature=specs)
        count = len(length_batches(lengths, size))
        return dataset.apply(tf.data.experimental.assert_cardinality(count)).prefetch(4)

    def inference_batches(
        self, sentences: Sequence[Sequence[str]], batch_size: int | None = None
    ) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Batches of passages, and where their words stand among all words.

        Args:
            sentences: The words of every sentence, those of a text in their order.
            batch_size: See `batches`.

        Yields:
            The places of the words, `(batch, time)`, -1 at padding; and the inputs of the network.
        """
        lengths = [
            min(MAX_PASSAGE_WORDS, length - start)
            for length in self.passage_lengths(sentences)
            for start in range(0, length, MAX_PASSAGE_WORDS)
        ]
        ids = {**self._flat_ids(sentences), "places": np.arange(1, 1 + sum(lengths))}
        for batch in length_batches(lengths, (batch_size or BATCH_SIZE) * _AVERAGE_WORDS):
            arrays = _arrays(ids, lengths, batch)
            yield arrays.pop("places") - 1, arrays

    def passage_lengths(self, sentences: Sequence[Sequence[str]]) -> list[int]:
        """The number of words of every passage."""
        lengths = np.array([len(words) for words in sentences], int)
        starts = np.cumsum(lengths) - lengths
        return np.bincount(starts // self.passage_words, lengths).astype(int).tolist()

    def _flat_ids(self, sentences):
        """The ids of the words of all sentences, one after the other."""
        words = tf.constant([word for words in sentences for word in words], tf.string)
        return {name: values.numpy() for name, values in self.tokenizer(words).items()}


def _arrays(ids, lengths, batch):
    """The ids of the sentences of a batch, `(rows, width, ...)`."""
    ends = np.cumsum(lengths)
    arrays = {
        name: np.zeros((batch.rows, batch.width, *values.shape[1:]), values.dtype)
        for name, values in ids.items()
    }
    for row, index in enumerate(batch.indices):
        for name, values in ids.items():
            sentence = values[ends[index] - lengths[index] : ends[index]]
            arrays[name][row, : lengths[index]] = sentence
    return arrays
