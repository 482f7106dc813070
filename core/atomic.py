"""Atomic writes: files and folders appear under their final name only when complete."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_file(path: str | os.PathLike, size: int = 0) -> Iterator[Path]:
    """Yields a path to write to; the file takes its final name when the block succeeds.

    Args:
        path: The final name. An existing file of that name is replaced.
        size: Bytes that must be free on the disk, for libraries that crash on a full disk.

    Raises:
        OSError: If writing fails; no partial file remains, and an existing file is kept.
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
    """Yields a folder to fill; it takes its final name when the block succeeds.

    Args:
        path: The final name.
        size: Bytes that must be free on the disk, for libraries that crash on a full disk.
        replace: Whether to update an existing folder of that name: the new folder starts as a
            copy of it. If false, an existing folder that is not empty is an error.

    Raises:
        OSError: If writing fails or the name is taken; no partial folder remains, and an existing
            folder is kept.
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
            # Another process made a folder of that name in the meantime: it is not overwritten.
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextlib.contextmanager
def _naming(path):
    """Adds the path to errors of writes, which do not name it."""
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
