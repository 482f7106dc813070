"""Versions of a model on disk."""

import contextlib
import os
import stat
from pathlib import Path

LARGEST_VERSION = 2**63 - 1
"""The largest number of a version: TF Serving counts in 64 bits, and skips folders beyond."""

State = tuple[tuple[str, int, int], ...]
"""The files of a folder: for each its path, size, and time of change in nanoseconds."""


class ModelSource:
    """A folder as it was given: of a version, `<name>/<version>`, or of a model, `<name>`.

    The names are those of the path, whatever symbolic links lead to.

    Args:
        path: The folder. Of a model, the newest version is served.

    Attributes:
        path: The folder.
        name: The name of the model.

    Raises:
        OSError: If it cannot be looked at.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        # Not resolved: a link has the name that it was given.
        self.path = Path(os.path.abspath(path))
        self._is_version = _is_version(self.path)
        self.name = (self.path.parent if self._is_version else self.path).name

    def newest(self) -> Path | None:
        """The folder of the version that is to be served, if there is one now.

        Raises:
            OSError: If it cannot be told: the folder of the model is missing, or cannot be read.
        """
        if self._is_version:
            os.stat(self.path.parent)
            return self.path if _is_version(self.path) else None
        versions = [child for child in self.path.iterdir() if _is_version(child)]
        return max(versions, key=lambda folder: (int(folder.name), folder.name), default=None)


def _is_version(path):
    name = path.name
    is_number = name.isascii() and name.isdecimal() and int(name) <= LARGEST_VERSION
    return is_number and _is_file(path / "saved_model.pb")


def _is_file(path):
    """Whether there is such a file; other than pathlib's, it raises where that cannot be told."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def state_of(folder: Path) -> State:
    """The state of a folder: it changes while files are written.

    Raises:
        OSError: If it cannot be looked at.
    """
    state = []
    for path in sorted(folder.rglob("*")):
        # A file that cannot be looked at is told when the model is loaded.
        with contextlib.suppress(OSError):
            found = os.stat(path)
            if stat.S_ISREG(found.st_mode):
                state.append((str(path), found.st_size, found.st_mtime_ns))
    return tuple(state)
