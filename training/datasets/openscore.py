"""The OpenScore Lieder Corpus: songs for voice and piano, under CC0."""

from pathlib import Path

import tensorflow_datasets as tfds

from seqzoo.training.datasets.sources import downloading

HOMEPAGE = "https://github.com/OpenScore/Lieder"
COMMIT = "bca122458de6da362abe62dd6aec62e25d7759b1"
SOURCE = f"{HOMEPAGE}/archive/{COMMIT}.zip"
"""The address of the published scores."""


def unpacked(dl_manager: tfds.download.DownloadManager, songs: str, folder: str) -> Path:
    """Downloads the corpus and returns its folder.

    Args:
        dl_manager: The downloads of a builder.
        songs: The songs that users can provide instead.
        folder: The folder in `$SEQZOO_DATA` for these songs.

    Raises:
        SeqzooError: If the corpus cannot be downloaded.
    """
    with downloading("The OpenScore Lieder Corpus", SOURCE, songs, folder):
        return Path(dl_manager.download_and_extract(SOURCE))
