"""A sentence that someone has tagged."""

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
