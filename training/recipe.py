"""What a training run is told: a small typed configuration."""

import dataclasses
import json
import os
from pathlib import Path

from seqzoo.errors import UsageError
from seqzoo.zoo import MODELS

DEFAULTS = {
    "note-generator": {
        **{"epochs": 20, "batch_size": 32, "learning_rate": 6e-3, "patience": 3},
        "augment": True,
    },
    "frame-generator": {
        **{"epochs": 50, "batch_size": 4, "learning_rate": 3e-3, "patience": 10},
        # The published pieces stand in a common key.
        "augment": False,
    },
    "ner": {
        **{"epochs": 20, "batch_size": 32, "learning_rate": 2e-3, "patience": 8},
        "augment": True,
    },
    "captioner": {
        **{"epochs": 30, "batch_size": 64, "learning_rate": 2e-3, "patience": 6},
        "augment": True,
    },
}
"""What a recipe leaves out, by model."""


class RecipeError(UsageError, ValueError):
    """A recipe that cannot be trained; the message names the field."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A training run, complete: the same recipe gives the same model.

    Attributes:
        model: Name of the model, one of `seqzoo.zoo.MODELS`.
        data: Names of data sets, or folders of the user's own files.
        network: Sizes of the network, as `seqzoo info` lists them; what is left out keeps its
            default.
        init: A preset to start from, by folder or name, whose sizes the network keeps. Defaults
            to none.
        epochs: Most passes over the training part.
        batch_size: Windows of music, sentences, or captions in a batch.
        learning_rate: Of Adam at the start; it falls to zero along half a cosine.
        patience: Epochs without a better score on the held-out part before the run stops.
        augment: Whether training pieces are transposed, by a fresh interval in every epoch; or
            entities in training sentences replaced by others, drawn anew in every epoch; or
            synthetic scenes drawn anew.
        seed: Of the first weights, the order, the dropout and the augmentation.

    What is `None` takes the model's own value, of `DEFAULTS`.

    Raises:
        RecipeError: If a field has the wrong type or an impossible value.
    """

    model: str
    data: tuple[str, ...]
    network: dict = dataclasses.field(default_factory=dict)
    init: str = ""
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    patience: int | None = None
    augment: bool | None = None
    seed: int = 0

    def __post_init__(self):
        if self.model not in MODELS:
            raise RecipeError(
                f"There is no model {self.model!r}: the models are {', '.join(MODELS)}."
            )
        for name, value in DEFAULTS[self.model].items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        _check_types(self)
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
        "init": str,
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
