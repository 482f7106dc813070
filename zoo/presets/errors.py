"""Errors of presets, the folders that hold a model's configuration, weights and vocabulary."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from seqzoo.core.file_checks import ModelFileError
from seqzoo.core.file_checks.hdf5_files import DAMAGED
from seqzoo.core.file_checks.json_files import read_json

# Keras, keras-hub, h5py and TensorFlow raise many kinds of errors on invalid files, even
# AttributeError, depending on what is wrong.
_INVALID_FILE_ERRORS = (*DAMAGED, AssertionError, tf.errors.OpError)


class PresetError(ModelFileError):
    """Raised if a preset cannot be loaded; the message names it, the reason and the remedy."""


@contextlib.contextmanager
def preset_errors(preset: str | os.PathLike[str]) -> Iterator[None]:
    """Converts errors about the files of a preset inside the block to `PresetError`."""
    try:
        yield
    except PresetError:
        raise
    except ModelFileError as error:
        raise PresetError(str(error)) from error
    except _INVALID_FILE_ERRORS as error:
        raise PresetError(
            f"The preset {preset} cannot be loaded ({_first_line(error)}): it is damaged or "
            "incomplete, or an argument does not fit it."
        ) from error


def check_place(preset_dir: str | os.PathLike[str]) -> None:
    """Checks that a preset may be written to a path.

    Raises:
        PresetError: If the path is a file, or a folder that is neither empty nor a preset.
    """
    folder = Path(preset_dir)
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / "config.json").exists()
    ):
        raise PresetError(
            f"{folder} exists and is not a preset: give a new folder, so that nothing is lost."
        )


def preset_model(preset: str | os.PathLike[str]) -> str:
    """Returns the registered name of a preset's model, such as `seqzoo>NoteGenerator`.

    Raises:
        PresetError: If the folder is missing or is not a preset.
    """
    folder = Path(preset)
    if not folder.is_dir():
        raise PresetError(
            f"There is no preset at {preset}: give a folder that `save_to_preset` or "
            "`seqzoo train` wrote, or a preset of `seqzoo list`."
        )
    path = folder / "task.json"
    if not path.is_file():
        raise PresetError(
            f"{preset} is not a preset, it has no task.json: give a folder that `save_to_preset` "
            "or `seqzoo train` wrote."
        )
    with preset_errors(preset):
        match read_json(path):
            case {"registered_name": str(name)}:
                return name
    raise PresetError(f"{path} names no model: write the preset again.")


def _first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
