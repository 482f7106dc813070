"""Leaks between data sets: no model is tested on examples that it was trained on."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple

from seqzoo.training.data.splits import SPLITS, Example, Splits


class Keyed(NamedTuple, Generic[Example]):
    """Examples and their keys.

    Attributes:
        examples: The readable examples.
        keys: The keys of each example; examples with a common key are duplicates.
        unreadable: One sentence for each example that cannot be read.
    """

    examples: list[Example]
    keys: list[set[str]]
    unreadable: list[str]


def keyed_by(key: Callable[[Example], str], examples: Sequence[Example]) -> Keyed[Example]:
    """Returns examples with one key each."""
    return Keyed(list(examples), [{key(example)} for example in examples], [])


def without_leaks(
    data_sets: Sequence[Splits[Example]],
    keyed: Callable[[Sequence[Example]], Keyed[Example]],
    examples: str,
    moves_copies: bool = False,
) -> list[Splits[Example]]:
    """Removes duplicates of held-out examples from the training splits of other data sets.

    Data sets that were split independently may share examples. The held-out splits stay unchanged,
    except for validation examples that are test examples of another data set.

    Args:
        data_sets: The splits of every data set.
        keyed: Finds the keys of examples; unreadable examples are skipped.
        examples: Plural noun for the examples, for messages.
        moves_copies: Whether duplicates are moved to the held-out split, also within a data set,
            instead of being removed. Defaults to `False`.
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
    """Yields every example, its split, and the strictest split of it and its duplicates."""
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
