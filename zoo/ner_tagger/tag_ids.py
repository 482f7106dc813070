"""The tags of a set of labels, in the scheme IOB2."""

import itertools
from collections.abc import Sequence

OUTSIDE = 0
"""The id of the tag `O`."""


def iob2_tags(labels: Sequence[str]) -> list[str]:
    """The tags of labels, by id: `O`, then `B-` and `I-` of every label.

    >>> iob2_tags(["PER", "LOC"])
    ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC']
    """
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]


def first_tag(label_index: int) -> int:
    """The id of the tag `B-` of a label."""
    return 1 + 2 * label_index


def inside_tag(label_index: int) -> int:
    """The id of the tag `I-` of a label."""
    return 2 + 2 * label_index


def forbidden_transitions(count: int) -> list[tuple[int, int]]:
    """Returns the pairs of tags that never follow each other: `I-` continues its own label only.

    Args:
        count: The number of labels.
    """
    return [
        (before, inside_tag(label))
        for label in range(count)
        for before in range(1 + 2 * count)
        if before not in (first_tag(label), inside_tag(label))
    ]


def forbidden_starts(count: int) -> list[int]:
    """The tags that no sentence starts with: those inside of an entity.

    Args:
        count: The number of labels.
    """
    return [inside_tag(label) for label in range(count)]


def whole_entities(tags: list[str]) -> list[str]:
    """Returns the tags of a sentence, without those that continue an entity before it.

    >>> whole_entities(["I-PER", "O", "B-LOC", "I-LOC"])
    ['O', 'O', 'B-LOC', 'I-LOC']
    """
    inside = len(list(itertools.takewhile(lambda tag: tag.startswith("I-"), tags)))
    return ["O"] * inside + tags[inside:]
