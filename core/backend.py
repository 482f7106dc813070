"""A check, when it is imported, that Keras runs on TensorFlow; every room imports it first."""

import json
import os
import sys
from pathlib import Path

from seqzoo.core.errors import SeqzooError


class BackendError(SeqzooError, ImportError):
    """Keras runs, or would run, on another backend than TensorFlow."""


def keras_backend() -> str:
    """The backend that Keras runs on, or will when it is imported; see keras.io's configuration."""
    if "keras" in sys.modules:
        return sys.modules["keras"].config.backend()
    return os.environ.get("KERAS_BACKEND") or _configured_backend()


def _configured_backend():
    home = os.environ.get("KERAS_HOME") or Path("~").expanduser() / ".keras"
    try:
        return json.loads(Path(home, "keras.json").read_text("utf-8")).get("backend", "tensorflow")
    # Keras, too, does without a file that it cannot read.
    except (OSError, ValueError, AttributeError):
        return "tensorflow"


def _check():
    backend = keras_backend()
    if backend != "tensorflow":
        raise BackendError(
            f"seqzoo runs on Keras's TensorFlow backend, but Keras is set to {backend!r}: set the "
            "environment variable KERAS_BACKEND=tensorflow before Keras is imported, or write "
            '"backend": "tensorflow" into keras.json in the folder .keras of your home.'
        )


_check()
