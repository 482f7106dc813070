"""Files that earlier versions wrote load, and give the numbers that they gave then."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

from seqzoo import layers
from tests.contracts.layer_cases import FLOAT32, assert_close

FILES = sorted((Path(__file__).parents[1] / "golden").glob("*.keras"))


def layer_name(file):
    """The class in the name of a file: `GRU` of `GRU-cho.keras`."""
    return file.stem.split("-")[0]


def needs_file(exported):
    """Whether it is a layer that a user puts into a model, and no base class.

    A base class is not registered, as no file names it. Cells are in the files of their layers.
    """
    if not (isinstance(exported, type) and issubclass(exported, keras.layers.Layer)):
        return False
    registered = keras.saving.get_registered_name(exported) != exported.__name__
    return registered and not issubclass(exported, layers.RecurrentCell)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_same_numbers(file):
    with np.load(file.with_suffix(".npz")) as arrays:
        inputs = [arrays[name] for name in arrays if name.startswith("input")]
        expected = [arrays[name] for name in arrays if name.startswith("output")]
    model = keras.models.load_model(file)
    assert layer_name(file) in [type(layer).__name__ for layer in model.layers]
    outputs = keras.tree.flatten(model(inputs))
    assert [output.dtype.name for output in outputs] == [array.dtype.name for array in expected]
    assert_close(outputs, expected, FLOAT32)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_argument_comes_back(file):
    """What the file says of a layer is what the layer says; it may say more by now."""
    config = json.loads(zipfile.ZipFile(file).read("config.json"))["config"]
    model = keras.models.load_model(file)
    again = json.loads(json.dumps(keras.saving.serialize_keras_object(model)))["config"]
    assert_within(config, again)


def assert_within(part, whole):
    """Compares nested configurations, of which the second may have more keys.

    A layer of ours is found by its registered name; the module that it is in is no argument.
    """
    if isinstance(part, dict):
        ours = str(part.get("registered_name")).startswith("seqzoo>")
        for key in part.keys() - {"shared_object_id", *(["module"] if ours else [])}:
            assert_within(part[key], whole[key])
    elif isinstance(part, list):
        for item, other in zip(part, whole, strict=True):
            assert_within(item, other)
    else:
        assert part == whole


def test_every_layer_has_a_file():
    needed = {name for name in layers.__all__ if needs_file(getattr(layers, name))}
    assert {"LSTM", "Bidirectional"} <= needed
    assert not needed - {layer_name(file) for file in FILES}
