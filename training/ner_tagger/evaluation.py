"""Evaluation of taggers on unseen sentences."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.text import Text

from seqzoo.training.evaluation import Evaluation
from seqzoo.training.ner_tagger.outcomes import Outcome, sort_entities
from seqzoo.training.ner_tagger.report import report_text, scores_dictionary, write_report
from seqzoo.training.ner_tagger.scoring import TaggingScores, score_tags
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence
from seqzoo.zoo.text.tagging.tagging_schemes import labels_of

if TYPE_CHECKING:
    from seqzoo.zoo.ner_tagger.task import NERTagger


@dataclasses.dataclass(frozen=True)
class TaggingEvaluation(Evaluation):
    """Scores and errors.

    Attributes:
        measured: The result of `score_tags`.
        outcomes: The result of `sort_entities`.
        sentences: The sentences that were measured.
        labels: The labels of the model.
    """

    measured: TaggingScores
    outcomes: Sequence[Outcome]
    sentences: Sequence[TaggedSentence]
    labels: Sequence[str]

    def scores(self) -> dict[str, Any]:
        """The scores, the counts of every kind of outcome, and the labels of one side alone."""
        return {
            **scores_dictionary(self.measured, self.outcomes),
            "labels_of_data_alone": sorted(self._label_counts(gold=True)),
            "labels_of_model_alone": sorted(set(self.labels) - self._labels_of_data()),
        }

    def show(self, title: str) -> RenderableType:
        """The report as text, with examples of errors."""
        arguments = self.measured, self.outcomes, self.sentences, title, self._remarks()
        return Text(report_text(*arguments))

    def write(self, folder: str | os.PathLike, title: str) -> None:
        """The report as text, JSON and a picture of the confusion; see `write_report`."""
        arguments = self.measured, self.outcomes, self.sentences, title, self._remarks()
        write_report(folder, *arguments)

    def _labels_of_data(self):
        return set(labels_of([sentence.tags for sentence in self.sentences]))

    def _label_counts(self, gold):
        """The entities of every label that the other side lacks: gold ones, or predicted ones."""
        spans = [outcome.gold if gold else outcome.predicted for outcome in self.outcomes]
        known = set(self.labels) if gold else self._labels_of_data()
        return Counter(span.label for span in spans if span and span.label not in known)

    def _remarks(self):
        """What to know of labels that only the data or only the model has."""
        missed, invented = self._label_counts(gold=True), self._label_counts(gold=False)
        if missed:
            yield (
                f"The model has no label {_listed(missed)}: it misses {missed.total()} of "
                f"{self.measured.entities} entities for that."
            )
        if invented:
            yield (
                f"The data has no label {_listed(invented)}: {invented.total()} entities that the "
                "model finds count as wrong for that."
            )


def evaluate(task: NERTagger, sentences: Sequence[TaggedSentence]) -> TaggingEvaluation:
    """Measures a tagger.

    Args:
        task: The tagger.
        sentences: Sentences with their gold tags, those of a text in their order.
    """
    predicted = task.predict_tags([sentence.words for sentence in sentences])
    outcomes = sort_entities(sentences, predicted)
    return TaggingEvaluation(score_tags(sentences, predicted), outcomes, sentences, task.labels)


def _listed(labels):
    return ", ".join(sorted(labels))
