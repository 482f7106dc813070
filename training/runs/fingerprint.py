"""A hash of everything that a run reads: a resumed run must find it unchanged."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from seqzoo.training.data.splits import Splits
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.recipe import Recipe
from seqzoo.zoo.presets.hubs import preset_folder

_NOT_READ = ("README.md", "metadata.json")
"""Files of a preset that change nothing: what it is, and when it was written."""


def fingerprint_of(recipe: Recipe, training: ModelTraining, splits: Splits) -> str:
    """A hash of the examples, and of the files that the recipe names beside them.

    Args:
        recipe: Whose `init` is a preset, and whose `network` may name files.
        training: Knows the examples, and which sizes of the network are files.
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
        # Weights may also be named by what they were trained on.
        if isinstance(value, str) and Path(value).is_file():
            yield Path(value)


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
