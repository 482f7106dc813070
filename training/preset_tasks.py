"""The models that recipes start from."""

from collections.abc import Callable

from seqzoo.training.recipe import Recipe, RecipeError


def sized_task(recipe: Recipe, model: type, make: Callable, **preset_arguments):
    """The model of a recipe.

    Args:
        recipe: Its `network` are the arguments of `make`; or its `init` is a preset, whose sizes
            stay as they are.
        model: The class of the model.
        make: Makes an untrained one.
        **preset_arguments: For `from_preset`.

    Raises:
        RecipeError: If `network` does not fit the model, or is given with `init`.
        PresetError: If the preset cannot be loaded.
    """
    if recipe.init:
        if recipe.network:
            raise RecipeError(
                f"The network is that of {recipe.init}: give no sizes beside --init."
            )
        return model.from_preset(recipe.init, **preset_arguments)
    try:
        return make(**recipe.network)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"The network of the recipe does not fit: {error}") from error
