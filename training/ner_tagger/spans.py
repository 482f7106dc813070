"""The entities that a sequence of tags stands for."""

from collections.abc import Sequence
from typing import NamedTuple

from seqzoo.zoo.text.tagging.tagging_schemes import entity_spans


class Span(NamedTuple):
    """An entity, counted in words.

    Attributes:
        start: The place of its first word in the sentence, from 0.
        end: The place after its last word.
        label: What kind of thing it names, such as `PESSOA`.
    """

    start: int
    end: int
    label: str


def spans_of(tags: Sequence[str]) -> list[Span]:
    """The entities of a sentence, as seqeval reads IOB2 in its strict mode.

    An entity is a `B-` and all the `I-` of the same label that follow it at once. An `I-` that
    continues nothing, because it stands first, after `O` or after another label, belongs to no
    entity. (The script conlleval of the CoNLL shared tasks starts an entity there.)

    Args:
        tags: A tag for every word, IOB2.

    Returns:
        The entities from left to right.

    >>> spans_of(["B-PESSOA", "I-PESSOA", "O", "I-LOCAL"])
    [Span(start=0, end=2, label='PESSOA')]
    """
    return [Span(start, end, label) for label, start, end in entity_spans(tags)]
