"""Presets on the command line."""

from pathlib import Path

from seqzoo import zoo
from seqzoo.cli.start import start_tensorflow


def load_model(path: Path):
    """Loads a preset of the zoo, or a Keras model from a `.keras` file.

    Raises:
        ModelFileError: If it cannot be loaded.
    """
    if path.suffix != ".keras":
        return load_preset(path)
    start_tensorflow()
    from seqzoo.layers.file_checks import ModelFileError
    from seqzoo.layers.keras_files import load_keras_model
    from seqzoo.zoo.base.presets import PresetError

    try:
        return load_keras_model(path, compile=False)
    except ModelFileError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        reason = " ".join(str(error).split())
        raise PresetError(f"{path} cannot be loaded: {reason}") from error


def load_preset(path: Path):
    """Loads a preset of whichever model wrote it.

    Raises:
        PresetError: If it cannot be loaded, or its model is not of the zoo.
    """
    start_tensorflow()
    from seqzoo.zoo.base.presets import PresetError, preset_model

    registered = preset_model(path)
    for class_name in zoo.MODELS.values():
        if registered == f"seqzoo>{class_name}":
            return getattr(zoo, class_name).from_preset(path)
    raise PresetError(f"{path} holds a preset of {registered}, which is no model of this zoo.")
