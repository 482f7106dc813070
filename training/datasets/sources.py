"""Sources of the builders' files: local folders and downloads."""

import contextlib
import dataclasses
import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

from seqzoo.core.errors import SeqzooError


@dataclasses.dataclass(eq=False)
class SourceConfig(tfds.core.BuilderConfig):
    """Where a builder's files are.

    Attributes:
        path: A local file or folder. If it is `None`, the published files are downloaded.
    """

    path: Path | None = None


def source_of(path: Path | None, files: Callable[[Path], Iterable[Path]]) -> SourceConfig:
    """Returns the configuration for local files, or the published ones if `path` is `None`.

    The name contains a hash of the local files, so that data prepared from other files is kept
    apart.

    Args:
        path: A local file or folder.
        files: Returns the files of it that are read.
    """
    if path is None:
        return SourceConfig(name="published", description="The published files.")
    digest = hashlib.sha256()
    for file in files(path):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    name = f"local-{digest.hexdigest()[:16]}"
    return SourceConfig(name=name, description="Files of SEQZOO_DATA.", path=path)


@contextlib.contextmanager
def downloading(name: str, source: str, files: str, folder: str) -> Iterator[None]:
    """Converts download errors into a message that says what went wrong and what to do.

    Args:
        name: What is downloaded.
        source: Its address.
        files: The files that users can provide instead.
        folder: The folder in `$SEQZOO_DATA` for these files.

    Raises:
        SeqzooError: If a download fails or differs from the published file.
    """
    try:
        yield
    except NonMatchingChecksumError as error:
        raise SeqzooError(
            f"What was downloaded from {source} is not what was published; try again later or "
            "from another network."
        ) from error
    # All errors of the HTTP library are OSErrors.
    except (OSError, tfds.download.DownloadError, zipfile.BadZipFile) as error:
        raise SeqzooError(
            f"{name} cannot be downloaded from {source}; connect to the internet, or put {files} "
            f"into the folder {folder} of a folder, and name that folder in the environment "
            "variable SEQZOO_DATA."
        ) from error
