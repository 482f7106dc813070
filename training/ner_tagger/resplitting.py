"""Words as the model splits text, a data augmentation."""

from collections.abc import Sequence

import numpy as np

from seqzoo.training.ner_tagger.raw_text import write_text
from seqzoo.zoo.text.splitting.python_splitter import split_words
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

SHARE = 0.5
"""The share of sentences that are split again."""


def resplit_words(
    sentences: Sequence[TaggedSentence], rng: np.random.Generator
) -> list[TaggedSentence]:
    """Splits some sentences into words again, as `NERTagger.predict` does.

    Annotators split a few words differently. A tagger that is trained only on their words is worse
    on raw text.

    Args:
        sentences: The sentences.
        rng: Draws which are split again.
    """
    return [
        resplit(sentence) if again else sentence
        for sentence, again in zip(sentences, rng.random(len(sentences)) < SHARE, strict=True)
    ]


def resplit(sentence: TaggedSentence) -> TaggedSentence:
    """Splits a sentence into words again.

    A sentence whose entities would begin or end within a word, or without words, stays as it is.

    >>> resplit(TaggedSentence(("Fls", ".", ":2018", "Lia"), ("O", "O", "O", "B-PER"))).words
    ('Fls', '.', ':', '2018', 'Lia')
    """
    gold = write_text([sentence])
    words = split_words(gold.text)
    if not words:  # all characters are invisible
        return sentence
    starts = {word.start: index for index, word in enumerate(words)}
    ends = {word.end: index + 1 for index, word in enumerate(words)}
    tags = ["O"] * len(words)
    for label, start, end in gold.entities:
        if start not in starts or end not in ends:
            return sentence
        first, after = starts[start], ends[end]
        tags[first:after] = [f"B-{label}", *[f"I-{label}"] * (after - first - 1)]
    return TaggedSentence(tuple(word.text for word in words), tuple(tags))
