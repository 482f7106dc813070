"""Finds the classes and functions that a Keras configuration names, without creating them."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import keras

from seqzoo.core.file_checks import ModelFileError, shown
from seqzoo.core.file_checks.json_files import entries

_WITH_CODE = {
    *("__lambda__", "Lambda"),  # Python's byte code, or any function with any arguments
    *("TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"),  # programs, or pickled objects
}
# The public modules that models consist of. Other modules of Keras have functions that download,
# unpack, save, plot, or change its settings, and Keras would find them by name.
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
        place: The path to the object: the keys above it, joined by `/`.
        keys: The keys of the object's own description.
        is_function: Whether the object is a function.
        module: The module that the configuration names; `None` if it names none.
        name: The name of the class or function in the module.
        registered_name: The name that Keras looks up in its registry before it looks into the
            module; `None` if it looks up none.
    """

    place: str
    keys: frozenset[str]
    is_function: bool
    module: str | None
    name: str
    registered_name: str | None

    @property
    def title(self) -> str:
        """The name of the object in messages."""
        return shown(".".join(filter(None, (self.module, self.name))))


def serialized_objects(config: object, name: str) -> Iterator[SerializedObject]:
    """Yields every object in a configuration that Keras would look up by name.

    These are all objects with a class name, and all strings that equal the name of a registered
    object, since Keras replaces such a string by the object.

    Args:
        config: The content of a JSON file.
        name: The name of the configuration in messages.

    Raises:
        ModelFileError: If a class name or a module is not a string.
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


# Arguments of Keras layers and keras-hub tokenizers that take a vocabulary or the path to one.
_VOCABULARIES = ("language_tokens", "merges", "proto", "special_tokens", "vocabulary")
_NAMES = ("class_name", "module", "registered_name")


def _serialized_object(place, part, name):
    is_function = part["class_name"] == "function"
    in_module = part.get("config") if is_function else part["class_name"]
    # Keras ignores the registered name of a function.
    registered = in_module if is_function else part.get("registered_name", in_module)
    module = part.get("module")
    if not isinstance(in_module, str) or not all(
        isinstance(text, str | None) for text in (module, registered)
    ):
        raise ModelFileError(f"{name} has an invalid class or function name at {place}.")
    return SerializedObject(place, frozenset(part), is_function, module, in_module, registered)


def check_serialized_objects(
    config: object, name: str, custom_objects: Mapping[str, object] | None = None
) -> None:
    """Refuses a configuration that could make Keras run code other than that of models.

    Custom classes and functions that are registered, or in `custom_objects`, are trusted.

    Args:
        config: The content of a JSON file.
        name: The name of the configuration in messages.
        custom_objects: Custom classes and functions by name.

    Raises:
        ModelFileError: If the configuration names a class or function of Keras that may run
            arbitrary code, read or write files, or use the network; or names a vocabulary file,
            see `check_vocabularies`.
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
    """Refuses a configuration that would make a layer or a tokenizer read a file that it names.

    Args:
        config: The content of a JSON file.
        name: The name of the configuration in messages.

    Raises:
        ModelFileError: If a vocabulary is a path. A vocabulary inside the configuration is a list;
            one in a file beside it is `None`.
    """
    for key, value in entries(config):
        if key in _VOCABULARIES and isinstance(value, str):
            raise ModelFileError(f"{name} names an external file, {shown(value)}, as its {key}.")


def _is_of_models(module):
    # Keras imports only modules of its own package, and in `keras.src` accepts only classes that
    # have weights or a state.
    is_public = module is not None and (module + ".").startswith("keras.")
    return not is_public or module in _OF_MODELS or module.startswith("keras.src.")
