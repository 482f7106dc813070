"""The parts of a data set."""

import dataclasses
from typing import Generic, TypeVar

from seqzoo.errors import UsageError

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
