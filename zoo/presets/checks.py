"""Checks of a preset's folder: plain files, known classes, one model."""

import re
from collections.abc import Iterator
from pathlib import Path

import keras

from seqzoo.core.file_checks import shown
from seqzoo.core.file_checks.folders import check_folder
from seqzoo.core.file_checks.json_files import entries, read_json
from seqzoo.core.file_checks.serialized_objects import check_vocabularies, serialized_objects
from seqzoo.zoo.presets.errors import PresetError, preset_model

MAX_ASSET_BYTES = 64 * 2**20
"""The most bytes of a vocabulary or another asset."""

MAX_LAYERS = 100
"""The most layers of a network: one is made after the other, before a size can be checked."""

_BACKBONE = "config.json"
_TASK = "task.json"
_KEYS = frozenset(("module", "class_name", "config", "registered_name"))
_PLAIN_MODULES = {
    "keras.constraints": keras.constraints.Constraint,
    "keras.initializers": keras.initializers.Initializer,
    "keras.regularizers": keras.regularizers.Regularizer,
}


def check_preset(folder: Path, task_class: type, boundary: Path | None = None) -> dict:
    """Reads the files of a preset before anything is made of them.

    Args:
        folder: The preset.
        task_class: The model that is to be loaded.
        boundary: The folder that no link may leave. Defaults to `folder`.

    Returns:
        The configuration of the task.

    Raises:
        PresetError: If the folder is no preset or that of another model; holds links out of it,
            or anything but files and folders; names classes that its model is not made of; or
            describes two models.
        ModelFileError: If a file is no valid configuration.
    """
    found = preset_model(folder)
    # A subclass may load what its base wrote.
    if found not in _names_of(task_class):
        raise PresetError(
            f"{folder} holds a preset of {shown(found)}, not of "
            f"{keras.saving.get_registered_name(task_class)}: load it with the model that wrote it."
        )
    check_folder(folder, boundary)
    _check_assets(folder)
    # All that there are: whatever else reads a preset sets no limit.
    for path in sorted(folder.glob("*.json")):
        read_json(path)
    task = read_json(folder / _TASK)
    _check_names(task, folder / _TASK, _known_names(task_class))
    for part, config in _parts(task, folder):
        if not (folder / part).is_file() or read_json(folder / part) != config:
            raise PresetError(
                f"{folder / part} is not what task.json beside it says: the files are of different "
                "models, write the preset again."
            )
    return task


def _names_of(a_class):
    """The names by which a class and its bases are registered, as far as they are."""
    names = {keras.saving.get_registered_name(base): base for base in a_class.__mro__}
    return {n for n, base in names.items() if keras.saving.get_registered_object(n) is base}


def _known_names(task_class: type) -> set[str]:
    """The registered names of the classes that a model says it is made of, and of their bases."""
    names: set[str] = set()
    seen: set[type] = set()
    remaining = [task_class]
    while remaining:
        a_class = remaining.pop()
        seen.add(a_class)
        names |= _names_of(a_class)
        # keras-hub's classes name their parts so: `backbone_cls`, `tokenizer_cls`.
        parts = [getattr(a_class, name) for name in dir(a_class) if name.endswith("_cls")]
        remaining += [part for part in parts if isinstance(part, type) and part not in seen]
    return names


def _check_assets(folder):
    for path in (folder / "assets").rglob("*"):
        if path.stat().st_size > MAX_ASSET_BYTES:
            raise PresetError(f"{path} has more than {MAX_ASSET_BYTES:,} bytes.")


def _check_names(task, path, known):
    for found in serialized_objects(task, str(path)):
        is_known = found.registered_name in known or _is_plain(found)
        if found.is_function or found.keys != _KEYS or not is_known:
            raise PresetError(
                f"{path} names {found.title} at {found.place}, which its model is not made of: "
                "nothing was loaded, for it may run code of its own."
            )
    for key, value in entries(task):
        if key == "num_layers" and isinstance(value, int) and value > MAX_LAYERS:
            raise PresetError(f"{path} asks for more than {MAX_LAYERS} layers.")
        if key == "config_file" and not re.fullmatch(r"\w+\.json", str(value), re.ASCII):
            raise PresetError(f"{path} names a file elsewhere, {shown(str(value))}.")
    check_vocabularies(task, str(path))


def _is_plain(found):
    """Whether an object is a dtype, an initializer, a regularizer or a constraint of Keras."""
    if keras.saving.get_registered_object(found.registered_name) is not None:
        return False
    if (found.module, found.name) == ("keras", "DTypePolicy"):
        return True
    base = _PLAIN_MODULES.get(found.module)
    if base is None:
        return False
    of_module = getattr(keras, found.module.partition(".")[2])
    a_class = getattr(of_module, found.name, None)
    return isinstance(a_class, type) and issubclass(a_class, base)


def _parts(task: dict, folder: Path) -> Iterator[tuple[str, object]]:
    """The files beside task.json that describe parts of the task, and what is to stand in them."""
    match task:
        case {"config": {"backbone": {"registered_name": _} as backbone}}:
            yield _BACKBONE, backbone
        case _:
            raise PresetError(f"{folder / _TASK} describes no backbone: write the preset again.")
    for _, part in entries(task):
        match part:
            case {"class_name": _, "config": {"config_file": name}}:
                yield name, part
