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
        count: The number of objects.
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

    "Left of" and "right of" describe the same picture from either group. To give each picture a
    single caption, the small group is always located relative to the big one, as people tend to do
    (Talmy 1975, Figure and Ground in Complex Sentences).

    Attributes:
        figure: The group that is located.
        relation: The position of the figure relative to the ground: one of `RELATIONS`, or `None`
            if there is one group only.
        ground: The reference group, or `None`.
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
"""The groups that can be alone in a picture."""

FIGURES = _groups((1, 2, 3), ("small",))
"""The groups that can be located relative to another."""

GROUNDS = _groups((1, 2, 3), ("big",))
"""The groups that can be the reference."""
