"""Checks that a folder holds only files and folders, and no links out of it."""

import os
import stat
from pathlib import Path

from seqzoo.core.file_checks import ModelFileError

MAX_ENTRIES = 10_000
"""The maximum number of files and folders below a folder."""


def check_folder(folder: str | os.PathLike, boundary: str | os.PathLike | None = None) -> None:
    """Refuses a folder with links out of it, or with pipes and devices, which may block a reader.

    Args:
        folder: The folder to check.
        boundary: The folder that no link may leave. Defaults to `folder`.

    Raises:
        ModelFileError: If a link below the folder leaves the boundary or is broken; if there is a
            pipe, a device or the like; or if there are more than `MAX_ENTRIES` files and folders.
    """
    folder = Path(folder)
    boundary = Path(boundary or folder).resolve()
    count = 0
    for parent, folders, files in os.walk(folder):
        count += len(folders) + len(files)
        if count > MAX_ENTRIES:
            raise ModelFileError(f"{folder} holds more than {MAX_ENTRIES:,} files and folders.")
        for name in (*folders, *files):
            _check_entry(Path(parent, name), boundary)


def _check_entry(path, boundary):
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    # Python before 3.13 raises RuntimeError for links that form a loop.
    except (OSError, RuntimeError) as error:
        raise ModelFileError(f"{path} is a broken link: replace it by the file.") from error
    if not target.is_relative_to(boundary):
        raise ModelFileError(
            f"{path} is a link out of its folder, to {target}: replace it by a copy of the target, "
            "if you trust it."
        )
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ModelFileError(f"{path} is a pipe or a device: no model needs one.")
