"""Where builders find their files: on this machine, or where they are published."""

import contextlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

from seqzoo.core.errors import SeqzooError


def local(*names: str) -> Path | None:
    """A file or folder of `$SEQZOO_DATA`; `None` where it is not there.

    Args:
        *names: The folders on the way to it, and its own name.
    """
    root = os.environ.get("SEQZOO_DATA")
    path = Path(root or "", *names)
    return path if root and path.exists() else None


@contextlib.contextmanager
def downloading(name: str, source: str, files: str, folder: str) -> Iterator[None]:
    """Says in one sentence what went wrong with a download, and what can be done.

    Args:
        name: What is downloaded.
        source: Where from.
        files: Which files can be put onto this machine instead.
        folder: The folder of `$SEQZOO_DATA` where they are looked for.

    Raises:
        SeqzooError: If something is not what was published, or cannot be downloaded.
    """
    try:
        yield
    except NonMatchingChecksumError as error:
        raise SeqzooError(
            f"What was downloaded from {source} is not what was published; try again later or "
            "from another network."
        ) from error
    # Every error of the HTTP library is an OSError.
    except (OSError, tfds.download.DownloadError, zipfile.BadZipFile) as error:
        raise SeqzooError(
            f"{name} cannot be downloaded from {source}; connect to the internet, or put {files} "
            f"into the folder {folder} of a folder, and name that folder in the environment "
            "variable SEQZOO_DATA."
        ) from error
