"""The classes and functions that a configuration of Keras names, found without making them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import keras

from seqzoo.core.file_checks import ModelFileError, shown
from seqzoo.core.file_checks.json_files import entries

_WITH_CODE = {
    *("__lambda__", "Lambda"),  # Python's byte code, or any function with any arguments
    *("TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"),  # programs, or pickled objects
}
# The public modules that models are made of. In others, Keras would find by name what downloads,
# unpacks, saves, plots, or changes its own settings.
_OF_MODELS = {
    "keras",
    "keras.activations",
    "keras.constraints",
    "keras.dtype_policies",
    "keras.initializers",
    "keras.layers",
    "keras.losses",
    "keras.metrics",
    "keras.models",
    "keras.ops",
    "keras.ops.image",
    "keras.ops.linalg",
    "keras.ops.nn",
    "keras.ops.numpy",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.quantizers",
    "keras.random",
    "keras.regularizers",
}


class SerializedObject(NamedTuple):
    """A class or function in a configuration.

    Attributes:
        place: The keys that lead to it, joined by `/`.
        keys: The keys that describe it.
        is_function: Whether it is a function.
        module: The module that it says to be of; `None` if it says none.
        name: The name of the class or function in the module.
        registered_name: The name by which Keras looks for it among what is registered, before it
            looks into the module; `None` if it does not.
    """

    place: str
    keys: frozenset[str]
    is_function: bool
    module: str | None
    name: str
    registered_name: str | None

    @property
    def title(self) -> str:
        """What it is called in messages."""
        return shown(".".join(filter(None, (self.module, self.name))))


def serialized_objects(config: object, name: str) -> Iterator[SerializedObject]:
    """Finds everything in a configuration that Keras would look up by its name.

    That is every object with a class name, and every text that is the name of a registered object,
    which Keras takes for that object.

    Args:
        config: The content of a JSON file.
        name: What the configuration is called in messages.

    Raises:
        ModelFileError: If a class name or a module is no text.
    """
    remaining = [("", config)]
    while remaining:
        place, part = remaining.pop()
        if isinstance(part, str) and keras.saving.get_registered_object(part) is not None:
            yield SerializedObject(shown(place), frozenset(), True, None, part, part)
        if isinstance(part, dict) and "class_name" in part:
            yield _serialized_object(shown(place) or "the top", part, name)
            part = {key: value for key, value in part.items() if key not in _NAMES}
        if isinstance(part, dict):
            remaining += [(f"{place}/{key}".strip("/"), value) for key, value in part.items()]
        if isinstance(part, list):
            remaining += [(f"{place}/{index}".strip("/"), v) for index, v in enumerate(part)]


# Arguments of Keras's layers and keras-hub's tokenizers that are a vocabulary or the path of one.
_VOCABULARIES = ("language_tokens", "merges", "proto", "special_tokens", "vocabulary")
_NAMES = ("class_name", "module", "registered_name")


def _serialized_object(place, part, name):
    is_function = part["class_name"] == "function"
    in_module = part.get("config") if is_function else part["class_name"]
    # What is said of a function's registered name, Keras does not read.
    registered = in_module if is_function else part.get("registered_name", in_module)
    module = part.get("module")
    if not isinstance(in_module, str) or not all(
        isinstance(text, str | None) for text in (module, registered)
    ):
        raise ModelFileError(f"{name} names at {place} what cannot be a class or a function.")
    return SerializedObject(place, frozenset(part), is_function, module, in_module, registered)


def check_serialized_objects(
    config: object, name: str, custom_objects: Mapping[str, object] | None = None
) -> None:
    """Refuses a configuration by which Keras could run code that is not of models.

    Classes and functions of the user's own that are registered, or among `custom_objects`, are the
    user's to trust.

    Args:
        config: The content of a JSON file.
        name: What the configuration is called in messages.
        custom_objects: The user's own classes and functions by their names.

    Raises:
        ModelFileError: If it names a class or function of Keras that may run any code, read or
            write files, or use the network.
    """
    check_vocabularies(config, name)
    for found in serialized_objects(config, name):
        if keras.saving.get_registered_object(found.registered_name, custom_objects) is not None:
            continue
        if found.name in _WITH_CODE or not _is_of_models(found.module):
            raise ModelFileError(
                f"{name} holds {found.title} at {found.place}, which may run code that is not "
                "Keras's: it was not loaded; pass `safe_mode=False` if you trust whoever wrote it."
            )


def check_vocabularies(config: object, name: str) -> None:
    """Refuses a configuration by which a layer or a tokenizer would read a file that it names.

    Args:
        config: The content of a JSON file.
        name: What the configuration is called in messages.

    Raises:
        ModelFileError: If a vocabulary is a path; one that is part of the model is a list, or none
            where it stands in a file beside the configuration.
    """
    for key, value in entries(config):
        if key in _VOCABULARIES and isinstance(value, str):
            raise ModelFileError(f"{name} names a file elsewhere, {shown(value)}, as its {key}.")


def _is_of_models(module):
    # Keras imports modules of its own package only. In `keras.src` it looks for classes that have
    # weights or a state, and for nothing else.
    is_public = module is not None and (module + ".").startswith("keras.")
    return not is_public or module in _OF_MODELS or module.startswith("keras.src.")
