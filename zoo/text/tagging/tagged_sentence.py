"""Tagged sentences and named entities."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class TaggedSentence:
    """The words of a sentence and their tags.

    Attributes:
        words: The words, punctuation included.
        tags: A tag for every word in the scheme IOB2: `O` outside of entities, `B-` and the label
            at the first word of an entity, `I-` and the label at the others (Tjong Kim Sang &
            Veenstra 1999, Representing Text Chunks).
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Entity:
    """A named entity in a text.

    Attributes:
        text: The span, as written in the text.
        label: The type of the entity, such as `PESSOA`.
        start: Where it starts, in characters (Unicode code points) from the start of the text.
        end: Where it ends (exclusive).
        score: The probability, under the model, that exactly this span is an entity with this
            label.
    """

    text: str
    label: str
    start: int
    end: int
    score: float
