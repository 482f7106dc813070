"""Presets on the command line."""

from seqzoo import zoo
from seqzoo.cli.start import start_tensorflow


def load_model(path: str):
    """Loads a preset of the zoo, or a Keras model from a `.keras` file.

    Raises:
        ModelFileError: If it cannot be loaded.
    """
    if not path.endswith(".keras"):
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


def load_preset(preset: str):
    """Loads a preset of whichever model wrote it.

    Args:
        preset: A folder, or the name of a preset that ships with the package.

    Raises:
        PresetError: If it cannot be loaded, or its model is not of the zoo.
    """
    start_tensorflow()
    from seqzoo.zoo.base.preset_hubs import preset_folder
    from seqzoo.zoo.base.presets import PresetError, preset_errors, preset_model

    with preset_errors(preset):
        folder, _ = preset_folder(preset)
    registered = preset_model(folder)
    for class_name in zoo.MODELS.values():
        if registered == f"seqzoo>{class_name}":
            return getattr(zoo, class_name).from_preset(preset)
    raise PresetError(f"{preset} holds a preset of {registered}, which is no model of this zoo.")


def model_name(task) -> str:
    """The name of a task's model on the command line, a key of `seqzoo.zoo.MODELS`."""
    (name,) = (key for key, value in zoo.MODELS.items() if value == type(task).__name__)
    return name
