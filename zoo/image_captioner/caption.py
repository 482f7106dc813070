"""What a captioner answers."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Caption:
    """A sentence about an image.

    Attributes:
        text: The sentence.
        score: The mean log-probability of its tokens, the end included, in nats: 0 is certain.
    """

    text: str
    score: float
