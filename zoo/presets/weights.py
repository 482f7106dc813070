"""Weights of presets: complete, of the right shapes, and finite."""

import collections
import re
from collections.abc import Callable, Collection
from pathlib import Path

import h5py
import keras
import numpy as np
from keras import ops

from seqzoo.core.file_checks.hdf5_files import stored_arrays
from seqzoo.core.file_checks.json_files import read_json
from seqzoo.core.keras_internals import variables_without_values
from seqzoo.zoo.presets.errors import PresetError

_BACKBONE = "model.weights.h5"
_SHARDS = "model.weights.json"
_SHARD_NAME = re.compile(r"model_\d{5}\.weights\.h5", re.ASCII)
_FIRST_SHARD = "model_00000.weights.h5"
_TASK = "task.weights.h5"


def meta_model(make: Callable[[], keras.Model]) -> keras.Model:
    """Creates a model whose variables have shapes but no values, so that it needs no memory.

    Args:
        make: Creates the model; it must not create an optimizer.
    """
    with variables_without_values():
        return make()


def check_weights(folder: Path, task: keras.Model, with_head: bool = True) -> None:
    """Checks that a preset holds exactly one array for every variable of a task.

    Args:
        folder: The preset.
        task: The task, or a `meta_model` of it.
        with_head: Whether the variables outside the backbone will be loaded too.

    Raises:
        PresetError: If an array is missing, surplus, or of another shape or kind of dtype.
        ModelFileError: If a file is damaged, or may lead out of the folder.
    """
    _check_fit(folder, _backbone_files(folder), task.backbone.weights)
    head = _head(task)
    if with_head and head:
        _check_fit(folder, [folder / _TASK], head)


def load_weights(folder: Path, task: keras.Model, with_head: bool = True) -> None:
    """Loads the weights of a preset that has passed `check_weights`.

    Raises:
        PresetError: If a variable gets no value, or a value that is not finite.
    """
    head = _head(task)
    variables = [*task.backbone.weights, *(head if with_head else ())]
    floats = [variable for variable in variables if "float" in variable.dtype]
    for variable in floats:
        variable.assign(ops.full(variable.shape, np.nan, dtype=variable.dtype))
    if with_head and head:
        task.load_task_weights(str(folder / _TASK))
    single = folder / _BACKBONE
    task.backbone.load_weights(str(single if single.exists() else folder / _SHARDS))
    for variable in floats:
        if not ops.all(ops.isfinite(variable)):
            raise PresetError(
                f"{folder} holds no finite numbers for {variable.path}: get the preset again."
            )


def store_in_float16(folder: Path) -> None:
    """Rewrites the weights of a preset in float16; models load them in their own precision.

    Args:
        folder: The preset, with weight files as Keras writes them.

    Raises:
        PresetError: If a weight is too large for float16.
    """
    for file in sorted(folder.glob("*.weights.h5")):
        halved = file.with_suffix(".halved")
        with h5py.File(file, "r") as source, h5py.File(halved, "w") as target:
            _copy_halved(source, target, file.name)
        halved.replace(file)


def _copy_halved(source, target, name):
    target.attrs.update(source.attrs)
    for key, item in source.items():
        if isinstance(item, h5py.Group):
            _copy_halved(item, target.create_group(key), name)
            continue
        values = item[()]
        if values.dtype.kind == "f":
            values = _halved(values, f"{item.name} of {name}")
        target.create_dataset(key, data=values).attrs.update(item.attrs)


def _halved(values, what):
    with np.errstate(over="ignore"):
        halved = values.astype(np.float16)
    if not np.array_equal(np.isfinite(values), np.isfinite(halved)):
        raise PresetError(
            f"{what} holds numbers above {np.finfo(np.float16).max:g}, the largest of float16: "
            "save the preset without `weights_dtype`."
        )
    return halved


def remove_weights(folder: Path) -> None:
    """Removes the weights of an older preset, whose file names may differ from the new ones."""
    shards = (path for path in folder.glob("*.weights.h5") if _SHARD_NAME.fullmatch(path.name))
    for path in (folder / _BACKBONE, folder / _SHARDS, folder / _TASK, *shards):
        path.unlink(missing_ok=True)


def _head(task):
    of_backbone = {id(variable) for variable in task.backbone.weights}
    return [variable for variable in task.weights if id(variable) not in of_backbone]


def _backbone_files(folder: Path) -> list[Path]:
    """Returns the weight file of the backbone, or its shards."""
    index = folder / _SHARDS
    if (folder / _BACKBONE).exists() or not index.exists():
        return [folder / _BACKBONE]
    match read_json(index):
        case {"weight_map": dict(weight_map)}:
            values = [v if isinstance(v, list) else [v] for v in weight_map.values()]
            names = {name for value in values for name in value if isinstance(name, str)}
        case _:
            names = set()
    # Keras opens the first shard, whatever the index lists.
    if _FIRST_SHARD not in names or not all(_SHARD_NAME.fullmatch(name) for name in names):
        raise PresetError(f"{index} names no weight files, or files outside the preset.")
    return [folder / name for name in sorted(names)]


def _check_fit(
    folder: Path, files: Collection[Path], variables: Collection[keras.Variable]
) -> None:
    for file in files:
        if not file.is_file():
            raise PresetError(f"{folder} lacks {file.name}: get the preset again.")
    arrays = [array for file in files for array in stored_arrays(file).values()]
    expected = collections.Counter((tuple(v.shape), _kind(v.dtype)) for v in variables)
    found = collections.Counter((array.shape, _kind(array.dtype)) for array in arrays)
    if expected != found:
        lacking = _listed(expected - found)
        surplus = _listed(found - expected)
        raise PresetError(
            f"The weights of {folder} do not fit its configuration (lacking: {lacking}; too many: "
            f"{surplus}): the files are of different models, get the preset again."
        )


def _kind(dtype):
    """Returns the kind of a dtype, such as `float` of `bfloat16`; loading may change its size."""
    return "float" if "float" in dtype else dtype.rstrip("0123456789")


def _listed(arrays):
    return ", ".join(f"{kind}{shape}" for shape, kind in sorted(arrays)) or "none"
