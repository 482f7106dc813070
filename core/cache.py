"""Where results are cached between runs."""

import os
from pathlib import Path


def cache_folder(name: str) -> Path:
    """Returns a folder of the cache: `seqzoo/` and its name, in Keras's folder.

    Args:
        name: What is cached, such as `"features"`.
    """
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(home) / "seqzoo" / name
