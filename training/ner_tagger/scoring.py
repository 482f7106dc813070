"""Tagging scores: entity and token F1."""

import dataclasses
import re
from collections.abc import Sequence

from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

_OUTSIDE = "O"
_IOB2 = re.compile("O|[BI]-.+")


@dataclasses.dataclass(frozen=True)
class LabelScores:
    """The scores of the entities of one label, from 0 to 1.

    Attributes:
        precision: The share of the predicted entities that are right.
        recall: The share of the gold entities that were found.
        f1: The harmonic mean of the two.
        support: The number of gold entities.
    """

    precision: float
    recall: float
    f1: float
    support: int


@dataclasses.dataclass(frozen=True)
class TaggingScores:
    """The scores of a tagger, from 0 to 1. A share of nothing is 0.

    An entity is right if its first word, its last word and its label are. Entities are counted by
    seqeval (Nakayama 2018), `mode="strict", scheme=IOB2`: an `I-` that continues no entity of its
    label belongs to none, in the gold tags and in the predicted ones alike. Conlleval, the script
    of the CoNLL shared tasks, and the scorer behind the entity F1 of 86.61 of LeNER-Br (Luz de
    Araujo et al. 2018) start an entity there. Their figures and these compare without
    reservation where neither side has such an `I-`.

    `token_label_f1` is counted as the token F1 of 92.53 of that paper is: its script drops `B-` and
    `I-` and takes scikit-learn's micro F1 over the labels. `token_f1` also asks for the right
    prefix, so it is never higher.

    Attributes:
        precision: The share of all predicted entities that are right (micro average).
        recall: The share of all gold entities that were found (micro average).
        f1: The harmonic mean of the two: the score.
        macro_f1: The mean of the labels' F1, over the labels of gold and predicted entities: one
            that is only ever predicted counts with 0.
        labels: The scores of every such label, in alphabetical order.
        token_f1: The micro F1 of tags: words whose predicted tag is the gold tag and not `O`,
            against the words whose predicted tag is not `O` (precision) and those whose gold tag
            is not `O` (recall).
        token_label_f1: The same of the tags without `B-` and `I-`.
        token_accuracy: The share of all words whose tag is right, `O` included.
        sentences: The number of sentences.
        words: The number of words.
        entities: The number of gold entities.
    """

    precision: float
    recall: float
    f1: float
    macro_f1: float
    labels: dict[str, LabelScores]
    token_f1: float
    token_label_f1: float
    token_accuracy: float
    sentences: int
    words: int
    entities: int


def score_tags(
    sentences: Sequence[TaggedSentence], predicted: Sequence[Sequence[str]]
) -> TaggingScores:
    """Scores predicted tags against gold tags.

    Args:
        sentences: Sentences with their gold tags, IOB2.
        predicted: The predicted tags of every sentence, IOB2.

    Raises:
        ValueError: If there is no sentence, not one predicted tag for every word, or a tag that is
            not IOB2.

    >>> sentence = TaggedSentence(("Ana", "Lima", "mora", "aqui"), ("B-PER", "I-PER", "O", "O"))
    >>> scores = score_tags([sentence], [["B-PER", "O", "O", "O"]])
    >>> scores.f1, round(scores.token_f1, 3), scores.token_accuracy
    (0.0, 0.667, 0.75)
    """
    if not sentences:
        raise ValueError("There are no sentences to score: give at least one.")
    check_tags(sentences, predicted)
    gold = [list(sentence.tags) for sentence in sentences]
    predicted = [list(tags) for tags in predicted]
    pairs = [pair for tags in zip(gold, predicted, strict=True) for pair in zip(*tags, strict=True)]
    labels = _label_scores(gold, predicted)
    return TaggingScores(
        **_micro_average(gold, predicted),
        macro_f1=share_of(sum(label.f1 for label in labels.values()), len(labels)),
        labels=labels,
        token_f1=_token_f1(pairs),
        token_label_f1=_token_f1([(_label_of(one), _label_of(other)) for one, other in pairs]),
        token_accuracy=share_of(sum(one == other for one, other in pairs), len(pairs)),
        sentences=len(gold),
        words=len(pairs),
        entities=sum(label.support for label in labels.values()),
    )


def check_tags(sentences: Sequence[TaggedSentence], predicted: Sequence[Sequence[str]]) -> None:
    """Checks that every word of every sentence has a gold and a predicted tag, both IOB2.

    Raises:
        ValueError: If one has not; the message names the first such sentence, counted from 1.
    """
    if len(sentences) != len(predicted):
        raise ValueError(
            f"There are {len(sentences)} sentences and predicted tags of {len(predicted)}: give "
            "predicted tags for every sentence."
        )
    for number, (sentence, tags) in enumerate(zip(sentences, predicted, strict=True), 1):
        if not len(sentence.words) == len(sentence.tags) == len(tags):
            raise ValueError(
                f"Sentence {number} has {len(sentence.words)} words, {len(sentence.tags)} gold "
                f"tags and {len(tags)} predicted tags: give one of each for every word."
            )
        for tag in (*sentence.tags, *tags):
            if not _IOB2.fullmatch(tag):
                raise ValueError(
                    f"Sentence {number} has the tag {tag!r}: give tags of the scheme IOB2, which "
                    "are O, B-LABEL and I-LABEL."
                )


def _label_scores(gold, predicted):
    # Scikit-learn comes with it and takes more than a second.
    from seqeval.metrics.v1 import unique_labels
    from seqeval.scheme import IOB2

    columns = _entity_scores(gold, predicted, average=None)
    return {
        label: LabelScores(float(precision), float(recall), float(f1), int(support))
        for label, precision, recall, f1, support in zip(
            unique_labels(gold, predicted, IOB2), *columns, strict=True
        )
    }


def _micro_average(gold, predicted):
    scores = _entity_scores(gold, predicted, average="micro")
    return dict(zip(("precision", "recall", "f1"), map(float, scores[:3]), strict=True))


def _entity_scores(gold, predicted, average):
    """Precision, recall, F1 and support.

    This is what `seqeval.metrics.classification_report(mode="strict")` calls, without its averages
    that warn where there is no entity.
    """
    from seqeval.metrics.v1 import precision_recall_fscore_support
    from seqeval.scheme import IOB2

    return precision_recall_fscore_support(
        gold, predicted, average=average, scheme=IOB2, zero_division=0
    )


def _token_f1(pairs):
    right = sum(one == other != _OUTSIDE for one, other in pairs)
    # 2 P R / (P + R), with the shares written out.
    return share_of(2 * right, sum((one != _OUTSIDE) + (other != _OUTSIDE) for one, other in pairs))


def _label_of(tag):
    return tag if tag == _OUTSIDE else tag[len("B-") :]


def share_of(part: float, whole: float) -> float:
    """Returns a share; 0 of nothing."""
    return part / whole if whole else 0.0
