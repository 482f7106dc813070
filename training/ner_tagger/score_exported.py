"""Scores of an exported tagger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from seqzoo.training.ner_tagger.scoring import score_tags
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

if TYPE_CHECKING:
    from seqzoo.zoo.ner_tagger.task import NERTagger


def f1_exported(task: NERTagger, sentences: Sequence[TaggedSentence]) -> Callable:
    """Measures an exported tagger by its signature `tag`.

    Args:
        task: The model that was exported.
        sentences: Sentences with their gold tags, IOB2.

    Returns:
        A function that takes `answer(signature, **inputs)` and returns the entity F1, from 0 to 1.
    """
    words = [list(sentence.words) for sentence in sentences]

    def measure(answer):
        predicted = task.predict_tags(words, tag=lambda **inputs: answer("tag", **inputs))
        return {"entity F1": score_tags(sentences, predicted).f1}

    return measure
