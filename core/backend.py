"""Checks on import that Keras runs on TensorFlow; every package imports this module first."""

import json
import os
import sys
from pathlib import Path

from seqzoo.core.errors import SeqzooError


class BackendError(SeqzooError, ImportError):
    """Keras is configured for a backend other than TensorFlow."""


def keras_backend() -> str:
    """Returns the backend that Keras runs on, or will run on once imported.

    Follows Keras's own order: the environment variable `KERAS_BACKEND`, then `keras.json`.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"].config.backend()
    return os.environ.get("KERAS_BACKEND") or _configured_backend()


def _configured_backend():
    home = os.environ.get("KERAS_HOME") or Path("~").expanduser() / ".keras"
    try:
        return json.loads(Path(home, "keras.json").read_text("utf-8")).get("backend", "tensorflow")
    # Keras also ignores a configuration file that it cannot read.
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


def _check():
    backend = keras_backend()
    if backend != "tensorflow":
        raise BackendError(
            f"seqzoo runs on Keras's TensorFlow backend, but Keras is set to {backend!r}: set the "
            "environment variable KERAS_BACKEND=tensorflow before Keras is imported, or write "
            '"backend": "tensorflow" into the file .keras/keras.json in your home folder.'
        )


_check()
