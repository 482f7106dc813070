"""Security checks of a preset folder: plain files, known classes, one model."""

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
"""Largest size of a vocabulary or another asset, in bytes."""

MAX_LAYERS = 100
"""Maximum number of layers: layers are created before any size can be checked."""

_BACKBONE = "config.json"
_TASK = "task.json"
_KEYS = frozenset(("module", "class_name", "config", "registered_name"))
_PLAIN_MODULES = {
    "keras.constraints": keras.constraints.Constraint,
    "keras.initializers": keras.initializers.Initializer,
    "keras.regularizers": keras.regularizers.Regularizer,
}


def check_preset(folder: Path, task_class: type, boundary: Path | None = None) -> dict:
    """Checks the files of a preset before any object is created from them.

    Args:
        folder: The preset.
        task_class: The class of the model to load.
        boundary: The folder that links may not leave. Defaults to `folder`.

    Returns:
        The configuration of the task.

    Raises:
        PresetError: If the folder is not a preset or belongs to another model; contains links that
            lead out of it, or anything but files and folders; names classes that do not belong to
            its model; or describes two models.
        ModelFileError: If a file is not a valid configuration.
    """
    found = preset_model(folder)
    # A subclass may load presets of its base class.
    if found not in _names_of(task_class):
        raise PresetError(
            f"{folder} holds a preset of {shown(found)}, not of "
            f"{keras.saving.get_registered_name(task_class)}: load it with the model that wrote it."
        )
    check_folder(folder, boundary)
    _check_assets(folder)
    # Checks every JSON file, because other readers of a preset set no limits.
    for path in sorted(folder.glob("*.json")):
        read_json(path)
    task = read_json(folder / _TASK)
    _check_names(task, folder / _TASK, _known_names(task_class))
    for part, config in _parts(task, folder):
        if not (folder / part).is_file() or read_json(folder / part) != config:
            raise PresetError(
                f"{folder / part} does not match task.json: the files belong to different models, "
                "write the preset again."
            )
    return task


def _names_of(a_class):
    """Returns the registered names of a class and of its bases."""
    names = {keras.saving.get_registered_name(base): base for base in a_class.__mro__}
    return {n for n, base in names.items() if keras.saving.get_registered_object(n) is base}


def _known_names(task_class: type) -> set[str]:
    """Returns the registered names of the classes that a model consists of, and of their bases."""
    names: set[str] = set()
    seen: set[type] = set()
    remaining = [task_class]
    while remaining:
        a_class = remaining.pop()
        seen.add(a_class)
        names |= _names_of(a_class)
        # keras-hub's classes declare their components in `backbone_cls`, `tokenizer_cls` and so on.
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
                f"{path} names {found.title} at {found.place}, which does not belong to its model: "
                "nothing was loaded, because it might run untrusted code."
            )
    for key, value in entries(task):
        if key == "num_layers" and isinstance(value, int) and value > MAX_LAYERS:
            raise PresetError(f"{path} asks for more than {MAX_LAYERS} layers.")
        if key == "config_file" and not re.fullmatch(r"\w+\.json", str(value), re.ASCII):
            raise PresetError(f"{path} names an external file, {shown(str(value))}.")
    check_vocabularies(task, str(path))


def _is_plain(found):
    """Returns whether an object is a dtype, initializer, regularizer or constraint of Keras."""
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
    """Yields the files that describe components of the task, and their expected contents."""
    match task:
        case {"config": {"backbone": {"registered_name": _} as backbone}}:
            yield _BACKBONE, backbone
        case _:
            raise PresetError(f"{folder / _TASK} describes no backbone: write the preset again.")
    for _, part in entries(task):
        match part:
            case {"class_name": _, "config": {"config_file": name}}:
                yield name, part
