"""The training data of a preset, on which its baselines are counted."""

import dataclasses
from typing import Generic

from seqzoo.training.data.splits import Example


@dataclasses.dataclass(frozen=True)
class TrainingData(Generic[Example]):
    """The training examples of a model.

    Attributes:
        names: The data sets or files that the examples come from.
        examples: The training split of these.
    """

    names: tuple[str, ...]
    examples: list[Example]

    def described(self, examples: str) -> str:
        """Returns a phrase for headings, such as "64 training pieces of schubert-lieder"."""
        return f"{len(self.examples)} training {examples} of {', '.join(self.names)}"


def baseline_phrase(baseline_data: str | None) -> str:
    """Returns the part of a heading that names the data that baselines were counted on."""
    if baseline_data is None:
        return "no baselines, as the training data is not known: name it by --baseline-data"
    return f"baselines counted on {baseline_data}"
