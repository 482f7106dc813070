"""Models that Keras has saved, with our layers in the place of Keras's."""

import json
import shutil
import tempfile
import zipfile
from pathlib import Path

import h5py
import keras
from keras import ops

from seqzoo.layers.bidirectional import Bidirectional
from seqzoo.layers.gru import GRU, GRUCell
from seqzoo.layers.lstm import LSTM, LSTMCell
from seqzoo.layers.simple_rnn import SimpleRNN, SimpleRNNCell

_REPLACEMENTS = {
    layer.__name__: keras.saving.get_registered_name(layer)
    for layer in (Bidirectional, GRU, GRUCell, LSTM, LSTMCell, SimpleRNN, SimpleRNNCell)
}


@keras.saving.register_keras_serializable("seqzoo")
def keras_2_hard_sigmoid(x):
    """What Keras 2 called `"hard_sigmoid"`: max(0, min(1, x / 5 + 1 / 2)); Keras 3 has x / 6."""
    return ops.clip(x / 5 + 0.5, 0, 1)


def load_keras_model(path, **arguments):
    """Loads a model that Keras saved, with our layers in the place of Keras's.

    `keras.models.load_model` gives the layers of `keras.layers` even if `custom_objects` names
    others. Here `Bidirectional`, `GRU`, `LSTM`, `SimpleRNN` and the cells become ours, in nested
    models and wrappers too; all other layers, the weights, the optimizer and its state stay.
    Layers that a class of your own makes in its constructor are not in the file, and stay too.

    Files of Keras 2 load, too, where Keras 3 would stop at an argument that it no longer has, such
    as `time_major=False`, or at a layer in a wrapper; and with the `hard_sigmoid` of Keras 2, the
    default of its first recurrent layers, which Keras 3 computes otherwise.

    >>> import os, tempfile
    >>> theirs = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "theirs.keras")
    ...     theirs.save(path)
    ...     ours = load_keras_model(path)
    >>> type(ours.layers[0]) is LSTM
    True

    Args:
        path: Path of a `.keras` file, or of an `.h5` or `.hdf5` file with a whole model.
        **arguments: Of `keras.models.load_model`: `custom_objects`, `compile`, `safe_mode`.

    Returns:
        The model.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is none of these, or a layer has `time_major=True`.
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"Argument `path` must be a file. Received: path={path}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(path).name
        if zipfile.is_zipfile(path):
            _rewrite_archive(path, copy)
        elif h5py.is_hdf5(path):
            _rewrite_hdf5(path, copy)
        else:
            raise ValueError(
                "Argument `path` must be a `.keras`, `.h5` or `.hdf5` file with a whole model. "
                f"Received: path={path}"
            )
        return keras.models.load_model(copy, **arguments)


def _rewrite_archive(path, copy):
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
        version = json.loads(source.read("metadata.json"))["keras_version"]
        for entry in source.infolist():
            if entry.filename == "config.json":
                config = json.loads(source.read(entry))
                target.writestr(entry, json.dumps(_rewritten(config, version)))
            else:
                with source.open(entry) as contents, target.open(entry, "w") as written:
                    shutil.copyfileobj(contents, written)


def _rewrite_hdf5(path, copy):
    shutil.copyfile(path, copy)
    with h5py.File(copy, "r+") as file:
        if "model_config" not in file.attrs:
            raise ValueError(
                "Argument `path` must be a file with a whole model, not only weights: make the "
                f"model and call its `load_weights`. Received: path={path}"
            )
        config = json.loads(file.attrs["model_config"])
        version = file.attrs.get("keras_version", "1")
        # Old versions of h5py wrote bytes.
        version = version.decode() if isinstance(version, bytes) else version
        file.attrs["model_config"] = json.dumps(_rewritten(config, version))


def _rewritten(config, version):
    """A configuration, or a part of one, with our layers in the place of Keras's."""
    if isinstance(config, list):
        return [_rewritten(part, version) for part in config]
    if not isinstance(config, dict):
        return config
    if int(version.split(".")[0]) < 3:
        config = _for_keras_3(config)
    config = {key: _rewritten(value, version) for key, value in config.items()}
    # Files of Keras 2 need not name a module. A class of the user's has another one.
    replacement = _REPLACEMENTS.get(config.get("class_name"))
    if replacement and config.get("module", "keras.layers") == "keras.layers":
        config |= {"class_name": replacement, "registered_name": replacement}
    return config


def _for_keras_3(config):
    """One level of a configuration of Keras 2 in the words of Keras 3."""
    config = dict(config)
    for name, value in config.items():
        if name in ("activation", "recurrent_activation") and value == "hard_sigmoid":
            config[name] = keras.saving.serialize_keras_object(keras_2_hard_sigmoid)
        # Keras 3 finds the layers in a model without their module, those in a layer only by it.
        if name in ("layer", "backward_layer", "cell") and isinstance(value, dict):
            config[name] = {"module": "keras.layers", **value}
        if name == "cells":
            config[name] = [{"module": "keras.layers", **cell} for cell in value]
    arguments = config.get("config")
    if config.get("class_name") == "Sequential":
        config["config"] = {**arguments, "layers": _with_input_layer(arguments["layers"])}
    elif isinstance(arguments, dict) and config.get("class_name") != "InputLayer":
        config["config"] = {
            name: value
            for name, value in arguments.items()
            if name != "batch_input_shape" and (name, value) != ("time_major", False)
        }
    return config


def _with_input_layer(layers):
    """The layers of a `Sequential`, of which the first may say the shape of the input itself."""
    first = layers[0]["config"]
    if layers[0]["class_name"] == "InputLayer" or "batch_input_shape" not in first:
        return layers
    arguments = {"name": f"{first['name']}_input", "batch_shape": first["batch_input_shape"]}
    return [{"class_name": "InputLayer", "config": arguments}, *layers]
