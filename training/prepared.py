"""Data sets that TensorFlow Datasets prepares."""

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from absl import logging

from seqzoo.errors import SeqzooError


def prepared(name: str, make_builder: Callable) -> Any:
    """Makes a builder, and prepares its data when that is not done yet.

    Args:
        name: What users call the data set.
        make_builder: Makes the builder.

    Returns:
        The `tfds.core.DatasetBuilder`.

    Raises:
        SeqzooError: If the data cannot be downloaded.
    """
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

    tfds.disable_progress_bar()
    with quiet():
        builder = make_builder()
        try:
            builder.download_and_prepare()
        except (OSError, tfds.download.DownloadError, NonMatchingChecksumError) as error:
            first_line = str(error).partition("\n")[0]
            raise SeqzooError(
                f"{name} cannot be downloaded and prepared ({first_line}); check the connection "
                "to the internet and the space on the disk."
            ) from error
    return builder


def builder_class(name: str) -> Any:
    """The `tfds.core.DatasetBuilder` of this package for a data set, by what users call it."""
    module = name.replace("-", "_")
    return importlib.import_module(
        f"seqzoo.training.datasets.{module}.{module}_dataset_builder"
    ).Builder


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps TFDS off standard output, which is for results, and its notices off the terminal."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        logging.set_verbosity(verbosity)
