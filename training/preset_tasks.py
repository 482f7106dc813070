"""Creation of the models of recipes."""

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
    """Returns the arguments of a function that have a default, with the default.

    Args:
        function: The function.
        *omitted: Arguments that recipes cannot set.
    """
    parameters = inspect.signature(function).parameters.values()
    return {
        p.name: p.default for p in parameters if p.default is not p.empty and p.name not in omitted
    }


def check_network(recipe: Recipe, sizes: Mapping[str, object]) -> None:
    """Checks that the sizes in a recipe exist in its model and have the right types.

    Without the check, Keras would take `True` as the number 1.

    Args:
        recipe: The recipe.
        sizes: The valid keys of `network`, with their defaults.

    Raises:
        RecipeError: If `network` has an unknown key, is given beside `init`, or has a value of
            the wrong type.
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
    """Makes the model of a recipe.

    Args:
        recipe: A recipe whose `network` holds arguments of `make`, or whose `init` is a preset,
            which keeps its sizes.
        model: The class of the model.
        make: Makes an untrained model.

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
