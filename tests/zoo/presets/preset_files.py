"""A small preset, and ways to change its files."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py

from seqzoo.zoo import NoteGenerator

CONFIGS = ("task.json", "config.json", "preprocessor.json", "tokenizer.json")
WEIGHTS = ("model.weights.h5", "task.weights.h5")


def small_generator(**sizes) -> NoteGenerator:
    """A note generator with as few weights as there can be."""
    sizes = {"embedding_dim": 2, "units": 2, "num_layers": 1, "cell": "simple_rnn", **sizes}
    return NoteGenerator.from_examples(**sizes)


def change_everywhere(preset: Path, class_name: str, change: Callable[[dict], object]) -> None:
    """Changes the description of a class in every file that holds it, so that they still agree."""
    for name in CONFIGS:
        path = preset / name
        content = json.loads(path.read_text())
        for described in list(_described(content)):
            if described["class_name"] == class_name:
                change(described)
        path.write_text(json.dumps(content))


def _described(content) -> Iterator[dict]:
    if isinstance(content, dict):
        if "class_name" in content:
            yield content
        for value in content.values():
            yield from _described(value)


def array_names(path: Path) -> list[str]:
    """The paths of the arrays of an HDF5 file."""
    names = []
    with h5py.File(path) as file:
        file.visititems(
            lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
        )
    return names
