"""Contents of a synthetic picture."""

import dataclasses
import itertools

SIZES = ("small", "big")
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "black")
SHAPES = ("circle", "square", "triangle", "star", "heart", "cross", "moon")
RELATIONS = ("left of", "right of", "above", "below")


@dataclasses.dataclass(frozen=True)
class Group:
    """Objects of one kind.

    Attributes:
        count: How many there are.
        size: One of `SIZES`.
        colour: One of `COLOURS`.
        shape: One of `SHAPES`.
    """

    count: int
    size: str
    colour: str
    shape: str


@dataclasses.dataclass(frozen=True)
class Scene:
    """One of `LONE_GROUPS`, or one of `FIGURES` in a relation to one of `GROUNDS`.

    "Left of" and "right of" describe the same picture, from one group or from the other. So that a
    picture has one caption only, the small group is always told by the big one, as people tend to
    (Talmy 1975, Figure and Ground in Complex Sentences).

    Attributes:
        figure: The group that is told of.
        relation: Where the figure lies, seen from the ground: one of `RELATIONS`, or `None` where
            there is one group.
        ground: The group that the figure's place is told by, or `None`.
    """

    figure: Group
    relation: str | None = None
    ground: Group | None = None

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups, one or two."""
        return (self.figure,) if self.ground is None else (self.figure, self.ground)


def _groups(counts, sizes):
    return tuple(Group(*each) for each in itertools.product(counts, sizes, COLOURS, SHAPES))


LONE_GROUPS = _groups((1, 2, 3, 4), SIZES)
"""The groups that can be all that a picture shows."""

FIGURES = _groups((1, 2, 3), ("small",))
"""The groups whose place is told."""

GROUNDS = _groups((1, 2, 3), ("big",))
"""The groups that a place is told by."""
