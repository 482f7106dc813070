"""Mention replacement, a data augmentation."""

from collections.abc import Sequence

import numpy as np

from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence
from seqzoo.zoo.text.tagging.tagging_schemes import entity_spans

SHARE = 0.3
"""The share of entities that are replaced."""


def replace_mentions(
    sentences: Sequence[TaggedSentence], rng: np.random.Generator
) -> list[TaggedSentence]:
    """Replaces some entities by others of the same label.

    The model learns that many names fit a place in a sentence, and a name many places (Dai & Adel
    2020, An Analysis of Simple Data Augmentation for Named Entity Recognition).

    Args:
        sentences: The sentences, which also hold the entities to choose from.
        rng: Draws what is replaced, and by what.
    """
    spans = [entity_spans(sentence.tags) for sentence in sentences]
    mentions: dict[str, list[tuple[str, ...]]] = {}
    for sentence, its_spans in zip(sentences, spans, strict=True):
        for label, start, end in its_spans:
            mentions.setdefault(label, []).append(sentence.words[start:end])
    return [
        _replaced(sentence, its_spans, mentions, rng)
        for sentence, its_spans in zip(sentences, spans, strict=True)
    ]


def _replaced(sentence, spans, mentions, rng):
    words, tags, done = [], [], 0
    for label, start, end in spans:
        mention = sentence.words[start:end]
        if rng.random() < SHARE:
            mention = mentions[label][rng.integers(len(mentions[label]))]
        words += [*sentence.words[done:start], *mention]
        tags += [*sentence.tags[done:start], f"B-{label}", *[f"I-{label}"] * (len(mention) - 1)]
        done = end
    words += sentence.words[done:]
    tags += sentence.tags[done:]
    return TaggedSentence(tuple(words), tuple(tags))
