"""The split of tagged sentences into parts that share none."""

import hashlib

from seqzoo.training.parts import Parts
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence


def split_by_sentence(
    sentences: list[TaggedSentence], held_out: float = 0.1
) -> Parts[TaggedSentence]:
    """Splits sentences into parts; sentences of the same words go into one part.

    Which part a sentence is in depends on the sentences only, not on their order. In the parts they
    keep their order, since neighbours are read together.

    Args:
        sentences: The sentences.
        held_out: Share of the validation part, and of the test part, among the different
            sentences. Both get at least one where there are three, and the validation part where
            there are two.
    """
    # The order of the keys is as good as random, and the same everywhere.
    keys = sorted({_words_key(sentence) for sentence in sentences})
    test = max(round(held_out * len(keys)), len(keys) > 2)
    validation = max(round(held_out * len(keys)), len(keys) > 1)
    parts = (keys[test + validation :], keys[test : test + validation], keys[:test])
    part_of = {key: part for part, its_keys in enumerate(parts) for key in its_keys}
    split = [[], [], []]
    for sentence in sentences:
        split[part_of[_words_key(sentence)]].append(sentence)
    return Parts(*split)


def without_leaks(parts: list[Parts[TaggedSentence]]) -> list[Parts[TaggedSentence]]:
    """Leaves out of each data set's training part what another one holds out.

    Data sets that were split on their own may share sentences. The held-out parts stay as they
    are, but for validation sentences that another data set tests on.

    Args:
        parts: The parts of every data set.
    """
    tests = [{sentence.words for sentence in each.test} for each in parts]
    validations = [{sentence.words for sentence in each.validation} for each in parts]
    kept = []
    for index, each in enumerate(parts):
        tested = set().union(*tests[:index], *tests[index + 1 :])
        held_out = tested.union(*validations[:index], *validations[index + 1 :])
        kept.append(
            Parts(
                [sentence for sentence in each.train if sentence.words not in held_out],
                [sentence for sentence in each.validation if sentence.words not in tested],
                each.test,
                each.skipped,
            )
        )
    return kept


def _words_key(sentence):
    """A hash that sentences of the same words share."""
    return hashlib.sha256(repr(sentence.words).encode()).hexdigest()
