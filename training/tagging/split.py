"""The split of tagged sentences into parts that share none."""

import hashlib

from seqzoo.training.parts import Parts
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence


def split_by_sentence(
    sentences: list[TaggedSentence], held_out: float = 0.1
) -> Parts[TaggedSentence]:
    """Splits sentences into parts; sentences of the same words go into one part.

    The split, and the order inside of the parts, depend on the sentences only, not on their order.

    Args:
        sentences: The sentences.
        held_out: Share of the validation part, and of the test part, among the different
            sentences. Both get at least one where there are three, and the validation part where
            there are two.
    """
    groups: dict[str, list[TaggedSentence]] = {}
    for sentence in sentences:
        groups.setdefault(_words_key(sentence), []).append(sentence)
    # The order of the keys is as good as random, and the same everywhere.
    ordered = [sorted(groups[key], key=lambda copy: copy.tags) for key in sorted(groups)]
    test = max(round(held_out * len(ordered)), len(ordered) > 2)
    validation = max(round(held_out * len(ordered)), len(ordered) > 1)
    parts = (ordered[test + validation :], ordered[test : test + validation], ordered[:test])
    return Parts(*([sentence for group in part for sentence in group] for part in parts))


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
