"""The training data of a preset, for baselines that know no more and no less than it."""

import dataclasses
from typing import Generic

from seqzoo.training.data.splits import Example


@dataclasses.dataclass(frozen=True)
class TrainingData(Generic[Example]):
    """The training examples of a model.

    Attributes:
        names: The data sets or files that they are from.
        examples: The training split of those.
    """

    names: tuple[str, ...]
    examples: list[Example]

    def described(self, examples: str) -> str:
        """A phrase for headings, such as "64 training pieces of schubert-lieder"."""
        return f"{len(self.examples)} training {examples} of {', '.join(self.names)}"


def baseline_phrase(baseline_data: str | None) -> str:
    """The split of a heading that says what baselines were counted on."""
    if baseline_data is None:
        return "no baselines, as the training data is not known: name it by --baseline-data"
    return f"baselines counted on {baseline_data}"
