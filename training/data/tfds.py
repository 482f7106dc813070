"""Data sets that TensorFlow Datasets prepares."""

import contextlib
import errno
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

from absl import logging

from seqzoo.core.errors import SeqzooError

_CANNOT_WRITE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR)


def prepared(name: str, make_builder: Callable) -> Any:
    """Makes a builder, and prepares its data on the first call.

    Args:
        name: The name of the data set, for messages.
        make_builder: Makes the builder.

    Returns:
        The `tfds.core.DatasetBuilder`.

    Raises:
        SeqzooError: If the data cannot be downloaded.
    """
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    tfds.disable_progress_bar()
    with quiet(), _random_numbers_of_the_system():
        builder = make_builder()
        try:
            builder.download_and_prepare()
        except (OSError, tfds.download.DownloadError, NonMatchingChecksumError) as error:
            # Another process may have prepared the data in the meantime.
            if not builder.data_path.exists():
                first_line = str(error).partition("\n")[0]
                raise SeqzooError(
                    f"{name} cannot be downloaded and prepared ({first_line}); {_way_out(error)}."
                ) from error
        # A builder that was made before another process prepared the data does not know its splits.
        return builder if builder.info.splits else make_builder()


@contextlib.contextmanager
def _random_numbers_of_the_system():
    """Unseeds Python's random numbers in the block.

    TFDS names its temporary folders by them: runs of one seed that prepare a data set at the same
    time would write into one folder, and each would remove what the other wrote.
    """
    state = random.getstate()
    random.seed()
    try:
        yield
    finally:
        random.setstate(state)


def _way_out(error):
    if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:
        return "set the environment variable TFDS_DATA_DIR to a folder that you can write to"
    return "check the connection to the internet and the space on the disk"


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences TFDS on standard output, which is for results, and its notices on the terminal."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        logging.set_verbosity(verbosity)
