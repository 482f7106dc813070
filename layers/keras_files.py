"""Loads models saved by Keras, with the layers of seqzoo instead of Keras's."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import h5py
import keras
from keras import ops

from seqzoo.core.file_checks import ModelFileError
from seqzoo.core.file_checks.archives import check_archive
from seqzoo.core.file_checks.hdf5_files import stored_arrays
from seqzoo.core.file_checks.json_files import parse_json
from seqzoo.core.file_checks.serialized_objects import check_serialized_objects
from seqzoo.core.types import Dtype, Tensor
from seqzoo.layers.bidirectional import Bidirectional
from seqzoo.layers.gru import GRU, GRUCell
from seqzoo.layers.lstm import LSTM, LSTMCell
from seqzoo.layers.saved_precision import default_precision, with_precision
from seqzoo.layers.simple_rnn import SimpleRNN, SimpleRNNCell

_REPLACEMENTS = {
    layer.__name__: keras.saving.get_registered_name(layer)
    for layer in (Bidirectional, GRU, GRUCell, LSTM, LSTMCell, SimpleRNN, SimpleRNNCell)
}
_WEIGHTS = "model.weights.h5"


@keras.saving.register_keras_serializable("seqzoo")
def keras_2_hard_sigmoid(x: Tensor) -> Tensor:
    """Computes the `"hard_sigmoid"` of Keras 2, max(0, min(1, x / 5 + 1 / 2)); Keras 3: x / 6."""
    return ops.clip(x / 5 + 0.5, 0, 1)


def load_keras_model(
    path: str | os.PathLike[str], dtype: Dtype | None = None, **arguments: Any
) -> keras.Model:
    """Loads a model saved by Keras, with the layers of seqzoo instead of Keras's.

    `keras.models.load_model` creates the layers of `keras.layers` even if `custom_objects` names
    others. Here `Bidirectional`, `GRU`, `LSTM`, `SimpleRNN` and the cells become those of seqzoo,
    also in nested models and wrappers; all other layers, the weights, the optimizer and its state
    are unchanged. Layers that a custom class creates in its constructor are not in the file, and
    remain unchanged too.

    Files of Keras 2 load even where Keras 3 fails on an argument that it no longer has, such as
    `time_major=False`, or on a layer in a wrapper. They keep the `hard_sigmoid` of Keras 2, the
    default of its first recurrent layers, which Keras 3 computes differently.

    Files are untrusted: a file that holds a `Lambda` or anything else that may run code, that
    refers to other files, or that is far larger in memory than on disk, is refused before anything
    is created from it. `safe_mode=False` allows code to run.

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
        dtype: The dtype policy of all layers instead of the saved one, as a name or a
            `keras.DTypePolicy`: `"float32"` makes a model that was trained in mixed or half
            precision ready for export. Inputs and layers of integers or text keep their dtype.
            Defaults to the saved one.
        **arguments: Arguments of `keras.models.load_model`: `custom_objects`, `compile`,
            `safe_mode`.

    Returns:
        The model.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has another format, or a layer has `time_major=True`.
        ModelFileError: If the file is damaged, may run code, or refers to other files.
    """
    policy = None if dtype is None else keras.dtype_policies.get(dtype)
    if not Path(path).exists():
        raise FileNotFoundError(f"Argument `path` must be a file. Received: path={path}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(path).name
        if _is_keras_archive(path):
            _rewrite_archive(path, copy, policy, arguments)
            _check_weights(copy, path)
        elif h5py.is_hdf5(path) and copy.suffix in (".h5", ".hdf5"):
            _rewrite_hdf5(path, copy, policy, arguments)
        else:
            raise ValueError(
                "Argument `path` must be a `.keras`, `.h5` or `.hdf5` file with a whole model. "
                f"Received: path={path}"
            )
        with default_precision(policy):
            return keras.models.load_model(copy, **arguments)


def _is_keras_archive(path):
    if Path(path).suffix != ".keras" or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"metadata.json", "config.json"} <= set(archive.namelist())


def _rewrite_archive(path, copy, policy, arguments):
    with (
        _naming_damage(path),
        zipfile.ZipFile(path) as source,
        zipfile.ZipFile(copy, "w") as target,
    ):
        check_archive(source, os.path.getsize(path))
        metadata = parse_json(source.read("metadata.json"), f"metadata.json in {path}")
        version = metadata["keras_version"]
        for entry in source.infolist():
            if entry.filename == "config.json":
                config = _checked(source.read(entry), f"config.json in {path}", arguments)
                target.writestr(entry.filename, _rewritten_text(config, version, policy))
            else:
                with source.open(entry) as contents, target.open(entry.filename, "w") as written:
                    shutil.copyfileobj(contents, written)


def _check_weights(copy, path):
    with zipfile.ZipFile(copy) as archive:
        if _WEIGHTS in archive.namelist():
            stored_arrays(archive.extract(_WEIGHTS, copy.parent), f"{_WEIGHTS} in {path}")


def _rewrite_hdf5(path, copy, policy, arguments):
    shutil.copyfile(path, copy)
    stored_arrays(copy, str(path))
    with _naming_damage(path), h5py.File(copy, "r+") as file:
        if "model_config" not in file.attrs:
            raise ValueError(
                "Argument `path` must be a file with a whole model, not only weights: create the "
                f"model and call its `load_weights`. Received: path={path}"
            )
        config = _checked(file.attrs["model_config"], f"model_config in {path}", arguments)
        if "training_config" in file.attrs:
            _checked(file.attrs["training_config"], f"training_config in {path}", arguments)
        version = file.attrs.get("keras_version", "1")
        # Old versions of h5py wrote bytes.
        version = version.decode() if isinstance(version, bytes) else version
        file.attrs["model_config"] = _rewritten_text(config, version, policy)


def _checked(text, name, arguments):
    """Returns a configuration that runs no code, unless `safe_mode=False` allows it."""
    config = parse_json(text, name)
    if arguments.get("safe_mode", True):
        check_serialized_objects(config, name, arguments.get("custom_objects"))
    return config


@contextlib.contextmanager
def _naming_damage(path):
    try:
        yield
    # zipfile raises RuntimeError or its subclass NotImplementedError for an entry that it cannot
    # unpack; KeyError and TypeError come from an invalid configuration.
    except (
        *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
        *(KeyError, RuntimeError, TypeError),
    ) as error:
        raise ModelFileError(f"{path} is damaged ({error}): get the file again.") from error


def _rewritten_text(config, version, policy):
    config = _rewritten(config, version)
    return json.dumps(config if policy is None else with_precision(config, policy))


def _rewritten(config, version):
    """Replaces Keras's layers by those of seqzoo, in a configuration or a part of one."""
    if isinstance(config, list):
        return [_rewritten(part, version) for part in config]
    if not isinstance(config, dict):
        return config
    if int(version.split(".")[0]) < 3:
        config = _for_keras_3(config)
    config = {key: _rewritten(value, version) for key, value in config.items()}
    # Files of Keras 2 may omit the module. A custom class has a different one.
    replacement = _REPLACEMENTS.get(config.get("class_name"))
    if replacement and config.get("module", "keras.layers") == "keras.layers":
        config |= {"class_name": replacement, "registered_name": replacement}
    return config


def _for_keras_3(config):
    """Translates one level of a Keras 2 configuration to Keras 3."""
    config = dict(config)
    for name, value in config.items():
        if name in ("activation", "recurrent_activation") and value == "hard_sigmoid":
            config[name] = keras.saving.serialize_keras_object(keras_2_hard_sigmoid)
        # Keras 3 finds layers in a model without a module, but layers in a layer only with one.
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
    """Adds an `InputLayer` to the layers of a `Sequential` if the first layer has the shape."""
    first = layers[0]["config"]
    if layers[0]["class_name"] == "InputLayer" or "batch_input_shape" not in first:
        return layers
    arguments = {"name": f"{first['name']}_input", "batch_shape": first["batch_input_shape"]}
    return [{"class_name": "InputLayer", "config": arguments}, *layers]
