"""Recipes: the configuration of a training run."""

import dataclasses
import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import pydantic
import pydantic_core

from seqzoo.core.errors import UsageError
from seqzoo.zoo.registry import MODELS


class RecipeError(UsageError, ValueError):
    """An invalid recipe; the message names the field."""


Count = Annotated[int, pydantic.Field(ge=1, description="be at least 1")]
"""A positive integer."""
Seed = Annotated[int, pydantic.Field(ge=0, lt=2**32, description="lie between 0 and 2**32 - 1")]
"""A seed in the range that NumPy, Keras and TensorFlow accept."""
Rate = Annotated[float, pydantic.Field(gt=0, lt=1, description="lie in (0, 1)")]
"""A number in (0, 1)."""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The configuration of a training run; the same recipe gives the same model.

    Attributes:
        model: Name of the model, one of `seqzoo.zoo.MODELS`.
        data: Names of data sets, or folders of the user's own files.
        network: Sizes of the network, as `seqzoo info` lists them; omitted ones have their
            defaults.
        reading: Format details that the files lack; for a tagger `columns` and `scheme`, see
            `seqzoo.zoo.read_conll`. Defaults to none.
        init: A preset to start from, by folder or name, whose sizes the network keeps. Defaults
            to none.
        epochs: Maximum number of passes over the training split.
        batch_size: Windows of music, sentences, or captions in a batch.
        learning_rate: The initial learning rate of Adam; it decays to zero along half a cosine.
        patience: Epochs without a better score on the validation split before the run stops.
        augment: Whether training examples are augmented at random in every epoch: pieces
            transposed, entities in sentences replaced by others, or synthetic scenes drawn again.
        average: Whether presets hold averages of the weights over the last steps of an epoch.
        seed: The seed of the initial weights, the order, the dropout and the augmentation.

        Fields that are `None` get the model's defaults when training begins; see
        `ModelTraining.defaults`.

    Raises:
        RecipeError: If a field has the wrong type or an impossible value.
    """

    model: str
    # JSON has lists, but no tuples.
    data: Annotated[tuple[str, ...], pydantic.Field(strict=False)]
    network: dict = dataclasses.field(default_factory=dict)
    init: str = ""
    reading: dict = dataclasses.field(default_factory=dict)
    # `None` only until `completed` fills in the model's default.
    epochs: Count = None  # type: ignore[assignment]
    batch_size: Count = None  # type: ignore[assignment]
    learning_rate: Rate = None  # type: ignore[assignment]
    patience: Count = None  # type: ignore[assignment]
    augment: bool = None  # type: ignore[assignment]
    average: bool = None  # type: ignore[assignment]
    seed: Seed = 0

    def __post_init__(self):
        for name, value in _checked(vars(self)).items():
            object.__setattr__(self, name, value)
        if self.model not in MODELS:
            raise RecipeError(
                f"There is no model {self.model!r}: the models are {', '.join(MODELS)}."
            )
        if not self.data:
            raise RecipeError("The recipe names no data: give a data set or a folder.")

    def completed(self, defaults: Mapping[str, object]) -> "Recipe":
        """Returns the recipe with a model's defaults for its missing fields.

        Args:
            defaults: Those values, by field.
        """
        missing = {name: value for name, value in defaults.items() if getattr(self, name) is None}
        return dataclasses.replace(self, **missing)  # type: ignore[arg-type]

    def write(self, path: str | os.PathLike) -> None:
        """Writes the recipe as JSON."""
        Path(path).write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, path: str | os.PathLike) -> "Recipe":
        """Reads a recipe from a JSON file.

        Raises:
            RecipeError: If the file is missing, is not JSON, or has an unknown field.
        """
        try:
            fields = json.loads(Path(path).read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise RecipeError(f"The recipe {path} cannot be read: {error}.") from error
        try:
            return cls(**_checked(fields))
        except RecipeError as error:
            raise RecipeError(f"The recipe {path} does not fit: {error}") from error


@functools.cache
def _schema() -> type[pydantic.BaseModel]:
    """Returns the pydantic model of a recipe; fields with a default are optional."""
    types = get_type_hints(Recipe, include_extras=True)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(Recipe):
        required = field.default is field.default_factory is dataclasses.MISSING
        either = types[field.name] | None if field.default is None else types[field.name]
        fields[field.name] = either, ... if required else None
    strict = pydantic.ConfigDict(strict=True, extra="forbid")
    return pydantic.create_model("Recipe", __config__=strict, **fields)


def _checked(fields: Mapping[str, object]) -> dict[str, Any]:
    """Validates fields and converts them to the types of a recipe.

    Raises:
        RecipeError: If a field is missing or unknown, or has a wrong type or an invalid value.
    """
    try:
        checked = _schema().model_validate(fields)
    except pydantic.ValidationError as error:
        raise RecipeError(_sentence(error.errors()[0])) from error
    return {name: getattr(checked, name) for name in checked.model_fields_set}


_KINDS = {
    "string_type": "a text",
    "tuple_type": "a list",
    "dict_type": "an object",
    "int_type": "an integer",
    "float_type": "a number",
    "bool_type": "true or false",
}
"""The expected type of a field, by pydantic's error type."""


def _sentence(error: pydantic_core.ErrorDetails) -> str:
    """Returns the message for an error of pydantic."""
    known = get_type_hints(Recipe, include_extras=True)
    if not error["loc"]:
        return f"it must be a JSON object with the fields {', '.join(known)}."
    name, *inside = error["loc"]
    place = f"{name}{''.join(f'[{part}]' for part in inside)}"
    if error["type"] == "missing":
        return f"it lacks the field {name}."
    if error["type"] == "extra_forbidden":
        return f"unknown field {name!r}: the fields are {', '.join(known)}."
    if error["type"] in _KINDS:
        return f"{place} must be {_KINDS[error['type']]}, not {error['input']!r}."
    (limits,) = known[str(name)].__metadata__
    return f"{place} must {limits.description}, not {error['input']}."
