"""The split of tagged sentences into splits that share none."""

import hashlib
from collections.abc import Sequence

from seqzoo.training.data.splits import Splits, split_by_key
from seqzoo.zoo.text.tagged_sentence import TaggedSentence


def split_by_sentence(
    sentences: Sequence[TaggedSentence], held_out: float = 0.1
) -> Splits[TaggedSentence]:
    """Splits sentences into splits; sentences of the same words go into one split.

    Which split a sentence is in depends on the sentences only, not on their order. Within a split
    they keep their order, since neighbours are read together.

    Args:
        sentences: The sentences.
        held_out: Share of the validation split, and of the test split, among the different
            sentences. Both get at least one where there are three, and the validation split where
            there are two.
    """
    return split_by_key(sentences, words_key, held_out)


def words_key(sentence: TaggedSentence) -> str:
    """A hash that sentences of the same words share."""
    return hashlib.sha256(repr(sentence.words).encode()).hexdigest()
