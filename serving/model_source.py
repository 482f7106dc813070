"""Versions of a model on disk."""

import contextlib
import os
import stat
from pathlib import Path

LARGEST_VERSION = 2**63 - 1
"""The largest version number: TF Serving uses signed 64-bit integers, and skips larger ones."""

State = tuple[tuple[str, int, int], ...]
"""The files of a folder: path, size in bytes, and modification time in nanoseconds of each."""


class ModelSource:
    """A folder to serve: that of a version, `<name>/<version>`, or of a model, `<name>`.

    The names are those in the path, even if it contains symbolic links.

    Args:
        path: The folder. For the folder of a model, the newest version is served.

    Attributes:
        path: The absolute path of the folder.
        name: The name of the model.

    Raises:
        OSError: If the folder cannot be read.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        # Not resolved, to keep the names of links.
        self.path = Path(os.path.abspath(path))
        self._is_version = _is_version(self.path)
        self.name = (self.path.parent if self._is_version else self.path).name

    def newest(self) -> Path | None:
        """Returns the folder of the version to serve, or `None` if there is none now.

        Raises:
            OSError: If the folder of the model is missing or cannot be read.
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
    """Returns whether a file exists; unlike pathlib, raises an error if that is unknown."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def state_of(folder: Path) -> State:
    """Returns the state of a folder, which changes while files are written.

    Raises:
        OSError: If the folder cannot be read.
    """
    state = []
    for path in sorted(folder.rglob("*")):
        # Loading the model will report a file that cannot be read.
        with contextlib.suppress(OSError):
            found = os.stat(path)
            if stat.S_ISREG(found.st_mode):
                state.append((str(path), found.st_size, found.st_mtime_ns))
    return tuple(state)
