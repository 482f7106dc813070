"""The models that recipes start from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from numbers import Real
from typing import TYPE_CHECKING

from seqzoo.core.arguments import is_integer
from seqzoo.training.recipe import Recipe, RecipeError

if TYPE_CHECKING:
    import keras

    from seqzoo.zoo.base.task import ZooTask


def default_arguments(function: Callable, *omitted: str) -> dict[str, object]:
    """The arguments of a function that have a default, and the default.

    Args:
        function: The function.
        *omitted: Arguments that no recipe can give.
    """
    parameters = inspect.signature(function).parameters.values()
    return {
        p.name: p.default for p in parameters if p.default is not p.empty and p.name not in omitted
    }


def check_network(recipe: Recipe, sizes: Mapping[str, object]) -> None:
    """Checks that a recipe gives its model no size that it has not, and numbers for numbers.

    Keras takes `True` for a share of 1.

    Args:
        recipe: The recipe.
        sizes: What `network` may hold, with the defaults.

    Raises:
        RecipeError: If it holds anything else, anything beside `init`, or no number for one.
    """
    if recipe.init and recipe.network:
        raise RecipeError(f"The network is that of {recipe.init}: give no sizes beside --init.")
    unknown = sorted(set(recipe.network) - set(sizes))
    if unknown:
        raise RecipeError(
            f"The network of {recipe.model} has no {unknown[0]}: it has {', '.join(sizes)}."
        )
    for name, value in recipe.network.items():
        if is_integer(sizes[name]) and not is_integer(value):
            raise RecipeError(f"{name} must be an integer, not {value!r}.")
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        if isinstance(sizes[name], float) and not is_number:
            raise RecipeError(f"{name} must be a number, not {value!r}.")
        if name.endswith("dropout") and not 0 <= value < 1:
            raise RecipeError(f"{name} must be at least 0 and below 1, not {value!r}.")


def make_task_of_sizes(
    recipe: Recipe, model: type[ZooTask], make: Callable[..., keras.Model]
) -> keras.Model:
    """The model of a recipe.

    Args:
        recipe: Its `network` are the arguments of `make`; or its `init` is a preset, whose sizes
            stay as they are.
        model: The class of the model.
        make: Makes an untrained one.

    Raises:
        RecipeError: If `network` does not fit the model.
        PresetError: If the preset cannot be loaded.
    """
    if recipe.init:
        return model.from_preset(recipe.init)
    try:
        return make(**recipe.network)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"The network of the recipe does not fit: {error}") from error
