"""Presets on the command line."""

import json
from pathlib import Path
from typing import Any

from seqzoo.cli.start import start_tensorflow
from seqzoo.zoo.presets.shipped import shipped_presets
from seqzoo.zoo.registry import model_of_class


def load_model(path: str) -> Any:
    """Loads a preset of the zoo, or a Keras model from a `.keras` file.

    Raises:
        ModelFileError: If it cannot be loaded.
    """
    if not path.endswith(".keras"):
        return load_preset(path)
    start_tensorflow()
    from seqzoo.core.file_checks import ModelFileError
    from seqzoo.layers.keras_files import load_keras_model
    from seqzoo.zoo.presets.errors import PresetError

    try:
        return load_keras_model(path, compile=False)
    except ModelFileError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise PresetError(f"{path} cannot be loaded: {reason}") from error


def load_preset(preset: str) -> Any:
    """Loads a preset of any model of the zoo.

    Args:
        preset: A folder, or the name of a preset that ships with the package.

    Raises:
        PresetError: If it cannot be loaded, or its model is not in the zoo.
    """
    start_tensorflow()
    from seqzoo.zoo.presets.errors import PresetError, preset_errors, preset_model
    from seqzoo.zoo.presets.hubs import preset_folder

    with preset_errors(preset):
        folder, _ = preset_folder(preset)
    registered = preset_model(folder)
    # Keras registers a class as "package>name".
    model = model_of_class(registered.partition(">")[2])
    if model is None:
        raise PresetError(
            f"{preset} holds a preset of {registered}, which is not a model of this zoo."
        )
    return model.task_class().from_preset(preset)


def model_of_preset(preset: str) -> str | None:
    """Returns the name of a preset's model without TensorFlow; `None` if that is impossible."""
    folder = shipped_presets().get(preset, Path(preset))
    try:
        model = model_of_class(written_class(folder))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return None if model is None else model.name


def written_class(folder: Path) -> str:
    """Reads the class of a preset; unlike `preset_model`, without starting TensorFlow."""
    registered = json.loads((folder / "task.json").read_text("utf-8"))["registered_name"]
    return registered.removeprefix("seqzoo>")


def model_name(task: object) -> str:
    """Returns the name of a task's model in the registry."""
    model = model_of_class(type(task).__name__)
    assert model is not None  # ensured by `load_preset`
    return model.name
