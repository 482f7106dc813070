"""Sentences that someone has tagged, and named entities that a model finds."""

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
    """A stretch of a text that names something.

    Attributes:
        text: The stretch, as it stands in the text.
        label: What kind of thing it names, such as `PESSOA`.
        start: Where it starts, in characters (Unicode code points) from the start of the text.
        end: Where it ends; the character there is no part of it.
        score: The probability, under the model, that exactly this stretch is an entity of this
            label.
    """

    text: str
    label: str
    start: int
    end: int
    score: float
