"""`seqzoo train`."""

import dataclasses
from pathlib import Path

from seqzoo.cli.start import start_tensorflow
from seqzoo.errors import UsageError
from seqzoo.training.recipe import Recipe


def run(model, data, recipe, init, network, options, out: Path, overwrite: bool) -> None:
    """Trains, and says where the preset lies."""
    recipe = _recipe(model, tuple(data), recipe, init, _given(network), _given(options))
    start_tensorflow()
    from seqzoo.training.run import train

    preset = train(recipe, out, overwrite)
    print(f"Preset: {preset}")
    print(f"Recipe, metrics and curves: {out}")


def _recipe(model, data, path, init, network, options) -> Recipe:
    if path is None:
        if model is None:
            raise UsageError("Name a model to train, or give a --recipe; see `seqzoo list`.")
        return Recipe(model, data, network, init, **options)
    if model is not None or data or init or network:
        raise UsageError("--recipe says the model, the data and the network: do not give both.")
    return dataclasses.replace(Recipe.read(path), **options)


def _given(arguments):
    return {name: value for name, value in arguments.items() if value is not None}
