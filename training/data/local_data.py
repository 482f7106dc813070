"""Data that users provide in the folder `$SEQZOO_DATA`."""

import os
from pathlib import Path


def local(*names: str) -> Path | None:
    """Returns a file or folder in `$SEQZOO_DATA`; `None` if it does not exist.

    Args:
        *names: The components of its path.
    """
    root = os.environ.get("SEQZOO_DATA")
    path = Path(root or "", *names)
    return path if root and path.exists() else None
