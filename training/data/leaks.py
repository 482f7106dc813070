"""Copies between data sets: no model is tested on what it has learned from."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple

from seqzoo.training.data.splits import SPLITS, Example, Splits


class Keyed(NamedTuple, Generic[Example]):
    """Examples and their keys.

    Attributes:
        examples: Those that can be read.
        keys: The keys of each: examples that have one in common are copies of each other.
        unreadable: A sentence for each example that cannot be read.
    """

    examples: list[Example]
    keys: list[set[str]]
    unreadable: list[str]


def keyed_by(key: Callable[[Example], str], examples: Sequence[Example]) -> Keyed[Example]:
    """Examples with one key each."""
    return Keyed(list(examples), [{key(example)} for example in examples], [])


def without_leaks(
    data_sets: Sequence[Splits[Example]],
    keyed: Callable[[Sequence[Example]], Keyed[Example]],
    examples: str,
    moves_copies: bool = False,
) -> list[Splits[Example]]:
    """Keeps copies of what one data set holds out from the training splits of the others.

    Data sets that were split on their own may share examples. The held-out splits stay as they are,
    but for validation examples that another data set tests on.

    Args:
        data_sets: The splits of every data set.
        keyed: Finds the keys of examples; those that cannot be read are skipped.
        examples: What they are called, in the plural.
        moves_copies: Whether copies go to the split that holds them out, also within a data set.
            Defaults to leaving them out.
    """
    found = [{split: keyed(getattr(each, split)) for split in SPLITS} for each in data_sets]
    kept = []
    for index, own in enumerate(found):
        others = found if moves_copies else found[:index] + found[index + 1 :]
        splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
        left_out = 0
        for example, split, strictest in _with_strictest_splits(own, others):
            if moves_copies or strictest == split:
                splits[strictest].append(example)
            else:
                left_out += 1
        skipped = data_sets[index].skipped + [s for split in SPLITS for s in own[split].unreadable]
        if left_out:
            total = len(own["train"].examples) + len(own["validation"].examples)
            skipped.append(
                f"{left_out} of {total} {examples}, which another of the data sets holds out."
            )
        kept.append(Splits(splits["train"], splits["validation"], splits["test"], skipped))
    return kept


def _with_strictest_splits(
    own: Mapping[str, Keyed[Example]], others: Iterable[Mapping[str, Keyed[Example]]]
) -> Iterator[tuple[Example, str, str]]:
    """Every example, its split, and the strictest one that it or a copy in the others is in."""
    tested, validated = (
        set().union(*(keys for each in others for keys in each[split].keys))
        for split in ("test", "validation")
    )
    for split in SPLITS:
        for example, keys in zip(own[split].examples, own[split].keys, strict=True):
            if split == "test" or keys & tested:
                yield example, split, "test"
            elif split == "validation" or keys & validated:
                yield example, split, "validation"
            else:
                yield example, split, "train"
