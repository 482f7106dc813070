"""Splitting tagged sentences so that no sentence is in two splits."""

import hashlib
from collections.abc import Sequence

from seqzoo.training.data.splits import Splits, split_by_key
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence


def split_by_sentence(
    sentences: Sequence[TaggedSentence], held_out: float = 0.1
) -> Splits[TaggedSentence]:
    """Splits sentences; sentences with the same words go into the same split.

    The split of a sentence depends on the set of sentences, not on their order. Within a split they
    keep their order, since neighbouring sentences are read together.

    Args:
        sentences: The sentences.
        held_out: Share of the validation split, and of the test split, among the distinct
            sentences. With three or more, both get at least one; with two, the validation split
            does.
    """
    return split_by_key(sentences, words_key, held_out)


def words_key(sentence: TaggedSentence) -> str:
    """Returns a hash of the words of a sentence."""
    return hashlib.sha256(repr(sentence.words).encode()).hexdigest()
