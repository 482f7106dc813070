"""The English words for a scene."""

from seqzoo.training.data.images.scenes.scene import Group

COUNTS = {1: "a", 2: "two", 3: "three", 4: "four"}

PLURALS = {
    "circle": "circles",
    "square": "squares",
    "triangle": "triangles",
    "star": "stars",
    "heart": "hearts",
    "cross": "crosses",
    "moon": "moons",
}

RELATIONS = {
    "left of": "to the left of",
    "right of": "to the right of",
    "above": "above",
    "below": "below",
}


def group_phrase(group: Group) -> str:
    """Returns the noun phrase of a group.

    >>> group_phrase(Group(2, "big", "purple", "cross"))
    'two big purple crosses'
    """
    shape = group.shape if group.count == 1 else PLURALS[group.shape]
    return f"{COUNTS[group.count]} {group.size} {group.colour} {shape}"
