"""The splits of a data set."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from seqzoo.core.errors import UsageError

Example = TypeVar("Example")


@dataclasses.dataclass(frozen=True)
class Splits(Generic[Example]):
    """The disjoint splits of a data set.

    Attributes:
        train: Training examples.
        validation: Validation examples, for early stopping and the choice of weights.
        test: Test examples, for reported scores.
        skipped: One sentence for each file that was skipped.
    """

    train: list[Example]
    validation: list[Example]
    test: list[Example]
    skipped: list[str] = dataclasses.field(default_factory=list)

    def __add__(self, other: "Splits[Example]") -> "Splits[Example]":
        return Splits(
            self.train + other.train,
            self.validation + other.validation,
            self.test + other.test,
            self.skipped + other.skipped,
        )


SPLITS = ("train", "validation", "test")
"""The names of the splits."""


def check_split(name: str) -> None:
    """Checks the name of a split.

    Raises:
        UsageError: If it is neither one of `SPLITS` nor `all`.
    """
    if name not in (*SPLITS, "all"):
        raise UsageError(f"There is no split {name!r}: the splits are {', '.join(SPLITS)} and all.")


def split_of(splits: Splits[Example], name: str) -> list[Example]:
    """Returns a split by its name, or the examples of all splits for `all`.

    Raises:
        UsageError: If there is no split of that name, or it is empty.
    """
    check_split(name)
    names = SPLITS if name == "all" else (name,)
    examples = [example for each in names for example in getattr(splits, each)]
    if not examples:
        raise UsageError(f"The data has no {name} split: take another split, or more data.")
    return examples


def split_by_key(
    examples: Sequence[Example],
    key: Callable[[Example], str],
    held_out: float = 0.1,
    sorts: bool = False,
) -> Splits[Example]:
    """Splits examples so that no key is in two splits.

    The split of an example depends on the set of all keys, not on the order of the examples.

    Args:
        examples: The examples.
        key: Returns a hash that is equal for duplicates.
        held_out: Share of the validation split, and of the test split, among the distinct keys.
            With three or more keys, both get at least one; with two, the validation split does.
        sorts: Whether the examples of a split are sorted by key. Defaults to keeping their order.
    """
    keys = [key(example) for example in examples]
    # The order of hashes is pseudorandom, and the same on all machines.
    ordered = sorted(set(keys))
    test = max(round(held_out * len(ordered)), len(ordered) > 2)
    validation = max(round(held_out * len(ordered)), len(ordered) > 1)
    place_of = {each: place for place, each in enumerate(ordered)}
    places = sorted(range(len(keys)), key=keys.__getitem__) if sorts else range(len(keys))
    splits: dict[str, list[Example]] = {split: [] for split in SPLITS}
    for place in places:
        rank = place_of[keys[place]]
        split = "test" if rank < test else "validation" if rank < test + validation else "train"
        splits[split].append(examples[place])
    return Splits(splits["train"], splits["validation"], splits["test"])
