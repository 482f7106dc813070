"""How well a tagger finds the entities of sentences that it has not seen."""

import dataclasses
from collections.abc import Sequence

from rich.text import Text

from seqzoo.training.evaluation import Evaluation
from seqzoo.training.tagging.outcomes import Outcome, sort_entities
from seqzoo.training.tagging.report import report_text, scores_dictionary, write_report
from seqzoo.training.tagging.scoring import TaggingScores, score_tags
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence


@dataclasses.dataclass(frozen=True)
class TaggingEvaluation(Evaluation):
    """Scores and errors.

    Attributes:
        measured: What `score_tags` says.
        outcomes: What `sort_entities` says.
        sentences: The sentences that both say it of.
    """

    measured: TaggingScores
    outcomes: Sequence[Outcome]
    sentences: Sequence[TaggedSentence]

    def scores(self):
        """The scores, and how many entities are right, wrong, missed and invented."""
        return scores_dictionary(self.measured, self.outcomes)

    def show(self, title):
        """The report as text, with examples of errors."""
        return Text(report_text(self.measured, self.outcomes, self.sentences, title))

    def write(self, folder, title):
        """The report as text, JSON and a picture of the confusion; see `write_report`."""
        write_report(folder, self.measured, self.outcomes, self.sentences, title)


def evaluate(task, sentences: Sequence[TaggedSentence]) -> TaggingEvaluation:
    """Measures a tagger.

    Args:
        task: The tagger.
        sentences: Sentences with their gold tags, those of a text in their order.
    """
    predicted = task.predict_tags([sentence.words for sentence in sentences])
    outcomes = sort_entities(sentences, predicted)
    return TaggingEvaluation(score_tags(sentences, predicted), outcomes, sentences)
