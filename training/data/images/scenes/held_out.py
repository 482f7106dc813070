"""The combinations that scenes to train on do not show.

Every colour, shape and count is learnt, but not together: what a held-out scene says has to be put
together again.
"""

from seqzoo.training.data.images.scenes.scene import COLOURS, SHAPES, Scene

_DIAGONAL = [(colour, SHAPES[index % len(SHAPES)]) for index, colour in enumerate(COLOURS)]

HELD_OUT = {
    "validation": frozenset(_DIAGONAL[::2]) | {(2, "square")},
    "test": frozenset(_DIAGONAL[1::2]) | {(3, "moon")},
}
"""Colours with shapes, each colour once, and counts with shapes, by the split that shows them."""


def combinations(scene: Scene) -> frozenset[tuple[str | int, str]]:
    """The colour with the shape, and the count with the shape, of every group.

    >>> from seqzoo.training.data.images.scenes.scene import Group
    >>> sorted(combinations(Scene(Group(2, "big", "red", "star"))), key=str)
    [('red', 'star'), (2, 'star')]
    """
    return frozenset(
        pair
        for group in scene.groups
        for pair in ((group.colour, group.shape), (group.count, group.shape))
    )


def split_name(scene: Scene) -> str | None:
    """The split that may show a scene: `train`, `validation` or `test`.

    `None` where its combinations are of two splits: no split shows it.
    """
    shown = combinations(scene)
    splits = [name for name, pairs in HELD_OUT.items() if shown & pairs]
    if not splits:
        return "train"
    return splits[0] if len(splits) == 1 else None
