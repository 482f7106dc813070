"""Files and folders that appear under their final name only when they are whole."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_file(path: str | os.PathLike, size: int = 0) -> Iterator[Path]:
    """Gives a path to write to; the file takes its final name when the block ends well.

    Args:
        path: The final name. An older file of that name is replaced.
        size: Bytes that must be free on the disk, for libraries that crash where it is full.

    Raises:
        OSError: What the writing raised; nothing is left behind, and an older file stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _check_space(path.parent, size)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as aside:
        written = Path(aside) / path.name
        with _naming(path):
            yield written
        os.replace(written, path)


@contextlib.contextmanager
def atomic_folder(path: str | os.PathLike, size: int = 0, replace: bool = False) -> Iterator[Path]:
    """Gives a folder to fill; it takes its final name when the block ends well.

    Args:
        path: The final name.
        size: Bytes that must be free on the disk, for libraries that crash where it is full.
        replace: Whether an older folder of that name is updated: the folder to fill starts as a
            copy of it. Otherwise it is an error if there is one that is not empty.

    Raises:
        OSError: What the writing raised, or that the name is taken; nothing is left behind, and
            what was there stays.
    """
    path = Path(path).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    _check_space(path.parent, size)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        written = aside / "new"
        if replace and path.exists():
            shutil.copytree(path, written)
        else:
            written.mkdir()
        with _naming(path):
            yield written
        if replace and path.exists():
            os.replace(path, aside / "old")
        try:
            os.rename(written, path)
        except OSError as error:
            # Whoever made a folder of that name in the meantime keeps it.
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def _naming(path):
    """A write that fails does not say where; this does."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _check_space(folder, size):
    if not size:
        return
    with tempfile.NamedTemporaryFile(dir=folder) as file, _naming(folder):
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.write(bytes(size))
            file.flush()
