"""Outcomes of entities: found, or lost in which way.

nervaluate counts such kinds; a report needs the entities themselves, in their sentences.
"""

import collections
import dataclasses
import enum
import itertools
from collections.abc import Callable, Sequence

from seqzoo.training.ner_tagger.scoring import check_tags
from seqzoo.training.ner_tagger.spans import Span, spans_of
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence


class Kind(enum.StrEnum):
    """The kinds of outcomes."""

    RIGHT = "right"
    WRONG_LABEL = "wrong label"
    WRONG_BOUNDARY = "wrong boundary"
    WRONG_LABEL_AND_BOUNDARY = "wrong label and boundary"
    MISSED = "missed"
    INVENTED = "invented"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A gold entity and the predicted one that stands for it.

    Attributes:
        kind: How the two differ.
        sentence: The place of the sentence, from 0.
        gold: The gold entity; `None` if the predicted one is invented.
        predicted: The predicted entity; `None` if the gold one was missed.
    """

    kind: Kind
    sentence: int
    gold: Span | None
    predicted: Span | None

    @property
    def label(self) -> str:
        """The gold label; the predicted one of an invented entity."""
        return next(filter(None, (self.gold, self.predicted))).label


@dataclasses.dataclass(frozen=True)
class Example:
    """An outcome, and how often it occurs.

    Attributes:
        outcome: The first of them.
        times: How many there are: the same words of the entities, the same labels.
    """

    outcome: Outcome
    times: int


def sort_entities(
    sentences: Sequence[TaggedSentence], predicted: Sequence[Sequence[str]]
) -> list[Outcome]:
    """Pairs the gold entities of every sentence with the predicted ones, and says how they differ.

    Every gold and every predicted entity stands in exactly one outcome. Equal ones are paired
    first, then those of the same words, then those of the same label that share words, then others
    that share words; among these, those that share more words first, and then from left to right.
    An entity without a partner is missed or invented: if one predicted entity covers two gold
    entities, one of these is missed.

    Args:
        sentences: Sentences with their gold tags, IOB2.
        predicted: The predicted tags of every sentence, IOB2.

    Returns:
        Sentence by sentence, from left to right.

    Raises:
        ValueError: If there is not one predicted tag for every word, or a tag that is not IOB2.

    >>> sentence = TaggedSentence(("Ana", "Lima", "em", "Roma"), ("B-PER", "I-PER", "O", "B-LOC"))
    >>> [str(o.kind) for o in sort_entities([sentence], [["B-PER", "O", "O", "B-PER"]])]
    ['wrong boundary', 'wrong label']
    """
    check_tags(sentences, predicted)
    return [
        outcome
        for place, (sentence, tags) in enumerate(zip(sentences, predicted, strict=True))
        for outcome in _sort_sentence(place, spans_of(sentence.tags), spans_of(tags))
    ]


def count_kinds(outcomes: Sequence[Outcome]) -> dict[Kind, int]:
    """The number of outcomes of every kind, zeros included."""
    counts = collections.Counter(outcome.kind for outcome in outcomes)
    return {kind: counts[kind] for kind in Kind}


def pick_examples(
    sentences: Sequence[TaggedSentence], outcomes: Sequence[Outcome], count: int = 6
) -> dict[Kind, list[Example]]:
    """Picks examples of every kind of error: of every label in turn, the most frequent first.

    Args:
        sentences: The sentences.
        outcomes: What `sort_entities` says of them.
        count: The most examples of a kind.
    """
    alike = collections.defaultdict(list)
    for outcome in outcomes:
        alike[_likeness(sentences[outcome.sentence], outcome)].append(outcome)
    examples = [Example(same[0], len(same)) for same in alike.values()]
    examples.sort(key=lambda example: -example.times)
    return {
        kind: _labels_in_turn([e for e in examples if e.outcome.kind is kind])[:count]
        for kind in Kind
        if kind is not Kind.RIGHT
    }


def _sort_sentence(place, gold, predicted):
    gold, predicted = list(gold), list(predicted)
    outcomes = []
    for kind, fits in _PAIRINGS.items():
        for one, other in _closest_first(gold, predicted):
            if one in gold and other in predicted and fits(one, other):
                gold.remove(one)
                predicted.remove(other)
                outcomes.append(Outcome(kind, place, one, other))
    outcomes += [Outcome(Kind.MISSED, place, span, None) for span in gold]
    outcomes += [Outcome(Kind.INVENTED, place, None, span) for span in predicted]
    return sorted(outcomes, key=lambda outcome: outcome.gold or outcome.predicted)


def _closest_first(gold, predicted):
    pairs = [pair for pair in itertools.product(gold, predicted) if _shared_words(*pair) > 0]
    return sorted(pairs, key=lambda pair: (-_shared_words(*pair), pair))


def _shared_words(one: Span, other: Span) -> int:
    return min(one.end, other.end) - max(one.start, other.start)


_PAIRINGS: dict[Kind, Callable[[Span, Span], bool]] = {
    Kind.RIGHT: lambda one, other: one == other,
    Kind.WRONG_LABEL: lambda one, other: one[:2] == other[:2],
    Kind.WRONG_BOUNDARY: lambda one, other: one.label == other.label,
    Kind.WRONG_LABEL_AND_BOUNDARY: lambda one, other: True,
}
"""Which spans that share words are paired, in this order."""


def _likeness(sentence, outcome):
    return outcome.kind, *(
        span and (sentence.words[span.start : span.end], span.label)
        for span in (outcome.gold, outcome.predicted)
    )


def _labels_in_turn(examples):
    """First the first of every label, then the second of every label, and so on."""
    seen: collections.Counter[str] = collections.Counter()
    turns = []
    for example in examples:
        turns.append(seen[example.outcome.label])
        seen[example.outcome.label] += 1
    return [example for _, example in sorted(zip(turns, examples, strict=True), key=lambda p: p[0])]
