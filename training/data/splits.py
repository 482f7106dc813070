"""The parts of a data set."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from seqzoo.core.errors import UsageError

Example = TypeVar("Example")


@dataclasses.dataclass(frozen=True)
class Parts(Generic[Example]):
    """The parts of a data set, split so that they share nothing.

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

    def __add__(self, other: "Parts[Example]") -> "Parts[Example]":
        return Parts(
            self.train + other.train,
            self.validation + other.validation,
            self.test + other.test,
            self.skipped + other.skipped,
        )


PARTS = ("train", "validation", "test")
"""The names of the parts."""


def check_part(name: str) -> None:
    """Checks the name of a part.

    Raises:
        UsageError: If it is neither one of `PARTS` nor `all`.
    """
    if name not in (*PARTS, "all"):
        raise UsageError(f"There is no part {name!r}: the parts are {', '.join(PARTS)} and all.")


def part_of(parts: Parts[Example], name: str) -> list[Example]:
    """A part by its name, or `all` of them.

    Raises:
        UsageError: If there is no part of that name, or it is empty.
    """
    check_part(name)
    names = PARTS if name == "all" else (name,)
    examples = [example for each in names for example in getattr(parts, each)]
    if not examples:
        raise UsageError(f"The data has no {name} part: take another part, or more data.")
    return examples


def split_by_key(
    examples: Sequence[Example],
    key: Callable[[Example], str],
    held_out: float = 0.1,
    sorts: bool = False,
) -> Parts[Example]:
    """Splits examples into parts that share no key.

    Which part an example is in depends on all keys, not on the order of the examples.

    Args:
        examples: The examples.
        key: A hash, the same for copies of an example.
        held_out: Share of the validation part, and of the test part, among the different keys. Both
            get at least one where there are three, and the validation part where there are two.
        sorts: Whether the examples of a part are in the order of the keys. Defaults to their own.
    """
    keys = [key(example) for example in examples]
    # The order of the keys is as good as random, and the same everywhere.
    ordered = sorted(set(keys))
    test = max(round(held_out * len(ordered)), len(ordered) > 2)
    validation = max(round(held_out * len(ordered)), len(ordered) > 1)
    place_of = {each: place for place, each in enumerate(ordered)}
    places = sorted(range(len(keys)), key=keys.__getitem__) if sorts else range(len(keys))
    parts: dict[str, list[Example]] = {part: [] for part in PARTS}
    for place in places:
        rank = place_of[keys[place]]
        part = "test" if rank < test else "validation" if rank < test + validation else "train"
        parts[part].append(examples[place])
    return Parts(parts["train"], parts["validation"], parts["test"])
