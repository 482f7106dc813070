"""Signatures that compose, and what a musician may ask of them."""

from collections.abc import Mapping
from typing import Any

from seqzoo.serving.model import ServedModel
from seqzoo.zoo.note_generator.events.names import BAR, TIME_SIGNATURE

_NOTES = {"onset", "duration", "pitch"}
_INPUTS = {"token_ids", "length", "temperature", "seed"}
_KEY = "Key_"


def composes(model: ServedModel, signature: str) -> bool:
    """Returns whether a signature returns notes."""
    return model.metadata[signature]["outputs"].keys() >= _NOTES


def composer_of(model: ServedModel, signature: str) -> Mapping[str, Any] | None:
    """Returns what the page must know to ask for a piece in a musician's words.

    Args:
        model: The model.
        signature: The name of one of its signatures.

    Returns:
        The `keys` such as `B-flat-minor`, the `time_signatures`, and the id of the event that
        begins a `bar`; `None` if the signature does not compose, or its events are unknown.
    """
    known = model.signatures[signature].inputs.keys() == _INPUTS and composes(model, signature)
    if not known or BAR not in model.vocabulary:
        return None
    return {
        "keys": _after(_KEY, model.vocabulary),
        "time_signatures": _after(TIME_SIGNATURE, model.vocabulary),
        "bar": model.vocabulary.index(BAR),
    }


def _after(prefix, names):
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
