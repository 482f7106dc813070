"""Combinations that the training scenes do not show.

Every colour, shape and count appears in training, but some combinations do not: a held-out scene
tests whether the model combines them.
"""

from seqzoo.training.data.images.scenes.scene import COLOURS, SHAPES, Scene

_DIAGONAL = [(colour, SHAPES[index % len(SHAPES)]) for index, colour in enumerate(COLOURS)]

HELD_OUT = {
    "validation": frozenset(_DIAGONAL[::2]) | {(2, "square")},
    "test": frozenset(_DIAGONAL[1::2]) | {(3, "moon")},
}
"""Pairs of colour and shape, each colour once, and of count and shape, by their split."""


def combinations(scene: Scene) -> frozenset[tuple[str | int, str]]:
    """Returns the pairs of colour and shape, and of count and shape, of all groups.

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
    """Returns the split that a scene belongs to: `train`, `validation` or `test`.

    Returns `None` if its combinations belong to two splits: no split shows such a scene.
    """
    shown = combinations(scene)
    splits = [name for name, pairs in HELD_OUT.items() if shown & pairs]
    if not splits:
        return "train"
    return splits[0] if len(splits) == 1 else None
