"""A named entity that was found in a text."""

import dataclasses


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
