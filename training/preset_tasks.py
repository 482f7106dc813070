"""The models that recipes start from."""

import inspect
from collections.abc import Callable, Collection

from seqzoo.training.recipe import Recipe, RecipeError


def defaults_of(function: Callable) -> dict[str, object]:
    """The arguments of a function that have a default, and the default."""
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def check_network(recipe: Recipe, sizes: Collection[str]) -> None:
    """Checks that a recipe gives its model no size that it has not.

    Args:
        recipe: The recipe.
        sizes: What `network` may hold.

    Raises:
        RecipeError: If it holds anything else, or anything beside `init`.
    """
    if recipe.init and recipe.network:
        raise RecipeError(f"The network is that of {recipe.init}: give no sizes beside --init.")
    unknown = sorted(set(recipe.network) - set(sizes))
    if unknown:
        raise RecipeError(
            f"The network of {recipe.model} has no {unknown[0]}: it has {', '.join(sizes)}."
        )


def sized_task(recipe: Recipe, model: type, make: Callable):
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
