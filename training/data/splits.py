"""The splits of a data set."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from seqzoo.core.errors import UsageError

Example = TypeVar("Example")


@dataclasses.dataclass(frozen=True)
class Splits(Generic[Example]):
    """The splits of a data set, split so that they share nothing.

    Attributes:
        train: To learn from.
        validation: To choose by: when to stop, which weights to keep.
        test: To report on.
        skipped: What was left out, a sentence for each file.
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
    """A split by its name, or `all` of them.

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
    """Splits examples into splits that share no key.

    Which split an example is in depends on all keys, not on the order of the examples.

    Args:
        examples: The examples.
        key: A hash, the same for copies of an example.
        held_out: Share of the validation split, and of the test split, among the different keys.
            Both get at least one where there are three, and the validation split where there are
            two.
        sorts: Whether the examples of a split are in the order of the keys. Defaults to their own.
    """
    keys = [key(example) for example in examples]
    # The order of the keys is as good as random, and the same everywhere.
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
