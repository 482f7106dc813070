"""Presets: folders that hold a model's configuration, weights and vocabulary."""

import json
from pathlib import Path

import keras

from seqzoo.errors import SeqzooError

_HUB_SCHEMES = ("kaggle://", "hf://", "modelscope://")


class PresetError(SeqzooError, ValueError):
    """A preset cannot be loaded; the message says which, why, and what to do."""


def check_preset(preset: str, task_class: type) -> None:
    """Reads a preset's configuration, before anything is built from it.

    Args:
        preset: A folder, or a keras-hub handle, which keras-hub checks itself.
        task_class: The model that is to be loaded.

    Raises:
        PresetError: If the folder is no preset, or is the preset of another model.
    """
    if str(preset).startswith(_HUB_SCHEMES):
        return
    # A subclass may load what its base wrote.
    expected = [keras.saving.get_registered_name(base) for base in task_class.__mro__]
    found = preset_model(preset)
    if found not in expected:
        raise PresetError(
            f"{preset} holds a preset of {found}, not of {expected[0]}: load it with the model "
            "that wrote it."
        )


def check_place(folder: str) -> None:
    """Checks that a preset may be written somewhere.

    Raises:
        PresetError: If there is a file, or a folder that holds something but no preset.
    """
    folder = Path(folder)
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / "config.json").exists()
    ):
        raise PresetError(
            f"{folder} exists and is no preset: give a new folder, so that nothing is lost."
        )


def preset_policy(preset: str) -> str:
    """The name of the dtype policy that a preset was saved under; empty if it does not say."""
    try:
        config = json.loads((Path(preset) / "config.json").read_text("utf-8"))
        return str(config["config"]["dtype"]["config"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def preset_model(preset: str) -> str:
    """The registered name of the model that wrote a preset, such as `seqzoo>NoteGenerator`.

    Raises:
        PresetError: If the folder is missing or is no preset.
    """
    folder = Path(preset)
    if not folder.is_dir():
        raise PresetError(
            f"There is no preset at {preset}: give a folder that `save_to_preset` or "
            "`seqzoo train` wrote."
        )
    path = folder / "task.json"
    try:
        name = json.loads(path.read_text("utf-8"))["registered_name"]
    except FileNotFoundError:
        raise PresetError(
            f"{preset} is no preset, it has no task.json: give a folder that `save_to_preset` "
            "or `seqzoo train` wrote."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PresetError(f"{path} cannot be read ({error}): write the preset anew.") from error
    return str(name)
