"""Measures a tagger on raw text, which it splits itself."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seqzoo.training.ner_tagger.scoring import share_of
from seqzoo.training.ner_tagger.spans import spans_of
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

if TYPE_CHECKING:
    from seqzoo.zoo.ner_tagger.task import NERTagger


SENTENCES_OF_A_TEXT = 30
SURE = 0.9
"""The score from which an entity counts as a sure one."""
_NO_SPACE_BEFORE = frozenset([*",.;:!?)]}%", "''"])
_NO_SPACE_AFTER = frozenset([*"([{", "``"])
_LONG = 6


@dataclasses.dataclass(frozen=True)
class GoldText:
    """A text and its entities.

    Attributes:
        text: The text.
        entities: The label, the start and the end of every entity, in characters.
    """

    text: str
    entities: frozenset[tuple[str, int, int]]


@dataclasses.dataclass(frozen=True)
class RawTextScores:
    """Scores from 0 to 1; a share of nothing is 0.

    Attributes:
        precision: The share of the found entities whose label and place are right.
        recall: The share of the gold entities that were found.
        f1: The harmonic mean of the two.
        right_of_sure: The share of right ones among those with a score of `SURE` or more.
    """

    precision: float
    recall: float
    f1: float
    right_of_sure: float


def write_texts(
    sentences: Sequence[TaggedSentence], spelling: Callable[[str], str] = str
) -> list[GoldText]:
    """Writes sentences as texts of `SENTENCES_OF_A_TEXT` sentences, spaced as people write.

    Args:
        sentences: Sentences with their gold tags, IOB2.
        spelling: How a word is written, one of `SPELLINGS`.

    >>> write_texts([TaggedSentence(("Ana", "veio", "."), ("B-PER", "O", "O"))])[0].text
    'Ana veio.'
    """
    starts = range(0, len(sentences), SENTENCES_OF_A_TEXT)
    return [_written(sentences[start : start + SENTENCES_OF_A_TEXT], spelling) for start in starts]


def score_texts(task: NERTagger, texts: Sequence[GoldText]) -> RawTextScores:
    """Scores the entities that a tagger finds in texts.

    Args:
        task: The tagger.
        texts: The texts with their gold entities.
    """
    gold = [entity for text in texts for entity in text.entities]
    found = scored_entities(task, texts)
    right = sum(is_right for is_right, _ in found)
    sure = [is_right for is_right, score in found if score >= SURE]
    return RawTextScores(
        precision=share_of(right, len(found)),
        recall=share_of(right, len(gold)),
        f1=share_of(2 * right, len(found) + len(gold)),
        right_of_sure=share_of(sum(sure), len(sure)),
    )


def scored_entities(task: NERTagger, texts: Sequence[GoldText]) -> list[tuple[bool, float]]:
    """Whether each entity that a tagger finds in texts is right, and its score."""
    return [
        ((entity.label, entity.start, entity.end) in text.entities, entity.score)
        for text, entities in zip(texts, task.predict([t.text for t in texts]), strict=True)
        for entity in entities
    ]


def _written(sentences, spelling):
    text, before, entities = "", "(", []
    for sentence in sentences:
        places = []
        for word in sentence.words:
            touches = before in _NO_SPACE_AFTER or word in _NO_SPACE_BEFORE
            text += "" if touches else " "
            places.append(len(text))
            text += spelling(word)
            places.append(len(text))
            before = word
        entities += [
            (span.label, places[2 * span.start], places[2 * span.end - 1])
            for span in spans_of(sentence.tags)
        ]
    return GoldText(text, frozenset(entities))


def _decomposed(word):
    return unicodedata.normalize("NFD", word)


def _divided_by(sign):
    """Writes a sign into the middle of long words, between letters of one case."""

    def divided(word):
        middle = len(word) // 2
        around = word[middle - 1 : middle + 1]
        if len(word) < _LONG or not (around.islower() or around.isupper()) or not around.isalpha():
            return word
        return word[:middle] + sign + word[middle:]

    return divided


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "NFD": _decomposed,
    "soft hyphens": _divided_by("\u00ad"),
    "zero-width spaces": _divided_by("\u200b"),
    "divided at line ends": _divided_by("-\n"),
}
"""Ways to write a word, by name."""
