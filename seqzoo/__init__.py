"""Recurrent sequence models for Keras 3, from the layer to the phone.

The subpackages are loaded on first use, so that ``import seqzoo`` is fast:
``seqzoo.layers``, ``seqzoo.zoo``, ``seqzoo.training``, ``seqzoo.export`` and ``seqzoo.serving``.
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

_ROOMS = ("layers", "zoo", "training", "export", "serving")


def __getattr__(name: str) -> ModuleType:
    if name in _ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_ROOMS])
