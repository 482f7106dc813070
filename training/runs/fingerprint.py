"""Hash of everything that a run reads: it must be unchanged when the run is resumed."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from seqzoo.training.data.splits import Splits
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.recipe import Recipe
from seqzoo.zoo.presets.hubs import preset_folder

_NOT_READ = ("README.md", "metadata.json")
"""Files of a preset that do not affect training: its description and its metadata."""


def fingerprint_of(recipe: Recipe, training: ModelTraining, splits: Splits) -> str:
    """Returns a hash of the examples and of the other files that a recipe names.

    Args:
        recipe: The recipe; its `init` is a preset, and its `network` may name files.
        training: The training adapter of the model.
        splits: The examples.
    """
    digests = [_digest(path) for path in _files(recipe, training)]
    return "-".join([training.fingerprint(splits), *digests])


def _files(recipe: Recipe, training: ModelTraining) -> Iterator[Path]:
    if recipe.init:
        folder, _ = preset_folder(recipe.init)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name not in _NOT_READ:
                yield path
    for name in training.files:
        value = recipe.network.get(name)
        # A value may also be a keyword such as "imagenet".
        if isinstance(value, str) and Path(value).is_file():
            yield Path(value)


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
