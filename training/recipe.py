"""What a training run is told: a small typed configuration."""

import dataclasses
import json
import os
from pathlib import Path

from seqzoo.errors import UsageError
from seqzoo.zoo import MODELS


class RecipeError(UsageError, ValueError):
    """A recipe that cannot be trained; the message names the field."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A training run, complete: the same recipe gives the same model.

    Attributes:
        model: Name of the model, one of `seqzoo.zoo.MODELS`.
        data: Names of data sets, or folders of the user's own files.
        network: Arguments of the model's `from_sizes`; what is left out keeps its default.
        epochs: Most passes over the training part.
        batch_size: Windows in a batch.
        learning_rate: Of Adam at the start; it falls to zero along half a cosine.
        patience: Epochs without a better loss on the held-out part before the run stops.
        augment: Whether training pieces are transposed, by a fresh interval in every epoch.
        seed: Of the first weights, the order, the dropout and the augmentation.

    Raises:
        RecipeError: If a field has the wrong type or an impossible value.
    """

    model: str
    data: tuple[str, ...]
    network: dict = dataclasses.field(default_factory=dict)
    epochs: int = 20
    batch_size: int = 32
    learning_rate: float = 6e-3
    patience: int = 3
    augment: bool = True
    seed: int = 0

    def __post_init__(self):
        _check_types(self)
        if self.model not in MODELS:
            raise RecipeError(
                f"There is no model {self.model!r}: the models are {', '.join(MODELS)}."
            )
        if not self.data:
            raise RecipeError("The recipe names no data: give a data set or a folder.")
        for name in ("epochs", "batch_size", "patience"):
            if getattr(self, name) < 1:
                raise RecipeError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if not 0 <= self.seed < 2**32:
            raise RecipeError(f"seed must lie between 0 and 2**32 - 1, not {self.seed}.")
        if not 0 < self.learning_rate < 1:
            raise RecipeError(f"learning_rate must lie in (0, 1), not {self.learning_rate}.")

    def write(self, path: str | os.PathLike) -> None:
        """Writes the recipe as JSON."""
        Path(path).write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, path: str | os.PathLike) -> "Recipe":
        """Reads a recipe that `write` wrote, or that was written by hand.

        Raises:
            RecipeError: If the file is missing, is not JSON, or has an unknown field.
        """
        try:
            fields = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise RecipeError(f"The recipe {path} cannot be read: {error}.") from error
        known = [field.name for field in dataclasses.fields(cls)]
        unknown = set(fields) - set(known) if isinstance(fields, dict) else {"(not an object)"}
        if unknown:
            raise RecipeError(
                f"The recipe {path} has the unknown field {sorted(unknown)[0]!r}: the fields are "
                f"{', '.join(known)}."
            )
        if isinstance(fields.get("data"), list):
            fields["data"] = tuple(fields["data"])
        try:
            return cls(**fields)
        except TypeError as error:
            raise RecipeError(f"The recipe {path} is incomplete: {error}.") from error


_KINDS = {
    str: "a text",
    tuple: "a list",
    dict: "an object",
    int: "an integer",
    bool: "true or false",
    (int, float): "a number",
}


def _check_types(recipe):
    for name, kind in {
        "model": str,
        "data": tuple,
        "network": dict,
        "epochs": int,
        "batch_size": int,
        "learning_rate": (int, float),
        "patience": int,
        "augment": bool,
        "seed": int,
    }.items():
        value = getattr(recipe, name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise RecipeError(f"{name} must be {_KINDS[kind]}, not {value!r}.")
