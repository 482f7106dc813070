"""The training of taggers."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from seqzoo.training.curves import Curves
from seqzoo.training.data.splits import Splits, split_of
from seqzoo.training.data.text.tagged_sentences import TAGGED_SENTENCE_SETS
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.ner_tagger.calibration import fitted_temperature
from seqzoo.training.ner_tagger.evaluation import evaluate
from seqzoo.training.ner_tagger.mention_replacement import replace_mentions
from seqzoo.training.ner_tagger.score_exported import f1_exported
from seqzoo.training.ner_tagger.scoring import score_tags
from seqzoo.training.preset_tasks import default_arguments, make_task_of_sizes
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.zoo.ner_tagger import NERTagger, NERTaggerBackbone
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence
from seqzoo.zoo.text.tagging.tagging_schemes import entity_spans, labels_of

WORDS_OF_AN_EPOCH = 10_000
"""The least words that are read before the model is measured."""
_FIRST_WORDS = 8


class NERTaggerTraining(ModelTraining):
    """Trains a `NERTagger` on tagged sentences; chooses weights by entity F1."""

    data_sets = TAGGED_SENTENCE_SETS
    task_class = NERTagger
    epochs, batch_size, patience, augment = 20, 32, 8, True
    monitor = "val_entity_f1"
    higher_is_better = True
    files = ("word_vectors", "piece_vectors")
    curves = (
        Curves(
            "loss (nats per passage)",
            {
                "loss": "training: tags and neighbours, with dropout",
                "val_loss": "validation: tags",
            },
        ),
        Curves("entity F1, strict", {"val_entity_f1": "validation"}),
    )

    def contents(self, examples: Sequence[TaggedSentence]) -> str:
        """The words, the entities of every label, and the first words, to be looked at."""
        words = [word for sentence in examples for word in sentence.words]
        spans = [span for sentence in examples for span in entity_spans(sentence.tags)]
        labels = Counter(label for label, _, _ in spans)
        counts = ", ".join(f"{label} {count}" for label, count in sorted(labels.items()))
        return (
            f"{len(words)} words and {len(spans)} entities to train on: {counts or 'none'}. "
            f"The text begins: {' '.join(words[:_FIRST_WORDS])}"
        )

    def sizes(self) -> dict[str, object]:
        """The arguments of `NERTagger.from_examples`, and those of the network that it hands on."""
        # A function, which no file can hold.
        own = default_arguments(NERTagger.from_examples, "advance")
        return default_arguments(NERTaggerBackbone.__init__) | own

    def make_task(self, recipe: Recipe, splits: Splits[TaggedSentence]) -> keras.Model:
        """The model, whose vocabulary and labels are those of the training split.

        A preset keeps its vocabulary, and its labels too where they are enough.
        """
        sentences = [sentence.words for sentence in splits.train]
        labels = labels_of([s.tags for s in splits.train + splits.validation])
        if not labels:
            raise RecipeError("No sentence has an entity: give data that holds some.")
        if not recipe.init:
            return make_task_of_sizes(
                recipe,
                NERTagger,
                lambda **sizes: NERTagger.from_examples(sentences, labels, **sizes),
            )
        task = NERTagger.from_preset(recipe.init)
        if set(labels) <= set(task.labels):
            return task
        return NERTagger.from_preset(recipe.init, labels=labels)

    def batches(
        self,
        task: NERTagger,
        examples: Sequence[TaggedSentence],
        batch_size: int,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Passages of sentences."""
        words, tags = _words_and_tags(examples)
        return task.batches(words, tags, batch_size, rng)

    def rounds(self, examples: Sequence[TaggedSentence]) -> int:
        """Repeats a small data set within an epoch until `WORDS_OF_AN_EPOCH` words are read."""
        words = sum(len(sentence.words) for sentence in examples)
        return max(1, WORDS_OF_AN_EPOCH // words)

    def augmented(
        self, examples: Sequence[TaggedSentence], rng: np.random.Generator
    ) -> Sequence[TaggedSentence]:
        """Some entities replaced by others of their label."""
        return replace_mentions(examples, rng)

    def measure(
        self, task: NERTagger, examples: Sequence[TaggedSentence], batch_size: int
    ) -> dict[str, float]:
        """The loss, and the F1 of the entities; the scores are calibrated by the same examples."""
        words, tags = _words_and_tags(examples)
        task.temperature = fitted_temperature(task, words, tags, batch_size)
        batches = self.batches(task, examples, batch_size)
        metrics = task.evaluate(batches, verbose=0, return_dict=True)
        predicted = task.predict_tags([sentence.words for sentence in examples], batch_size)
        return {**metrics, "entity_f1": score_tags(examples, predicted).f1}

    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """The loss, and the F1 of entities that were held out."""
        return f"loss {logs['loss']:.3f}, entity F1 {logs['val_entity_f1']:.4f} on held-out text"

    def fingerprint(self, splits: Splits[TaggedSentence]) -> str:
        """A hash of the sentences."""
        return hashlib.sha256(repr((splits.train, splits.validation)).encode()).hexdigest()

    def evaluate(self, task: NERTagger, splits: Splits[TaggedSentence], split: str) -> Evaluation:
        """Scores by seqeval, and the errors; see `TaggingEvaluation`."""
        return evaluate(task, split_of(splits, split))

    def score_exported(
        self, task: NERTagger, examples: Sequence[TaggedSentence]
    ) -> Callable[..., dict[str, float]]:
        """The F1 by the signature `tag`."""
        return f1_exported(task, examples)


def _words_and_tags(sentences):
    return [s.words for s in sentences], [s.tags for s in sentences]
