"""Signatures that compose, and what a musician may ask of them."""

from collections.abc import Mapping
from typing import Any

from seqzoo.serving.model import ServedModel

_NOTES = {"onset", "duration", "pitch"}
_INPUTS = {"token_ids", "length", "temperature", "seed"}
# Events of a note generator: their names, and the beginnings of their names.
_BAR, _KEY, _TIME_SIGNATURE = "Bar_None", "Key_", "TimeSig_"


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
    if not known or _BAR not in model.vocabulary:
        return None
    return {
        "keys": _after(_KEY, model.vocabulary),
        "time_signatures": _after(_TIME_SIGNATURE, model.vocabulary),
        "bar": model.vocabulary.index(_BAR),
    }


def _after(prefix, names):
    return [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
