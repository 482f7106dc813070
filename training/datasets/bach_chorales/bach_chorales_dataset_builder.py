"""Chorales by J. S. Bach."""

from typing import Any

import tensorflow_datasets as tfds

from seqzoo.training.datasets.corpus_builder import CorpusBuilder


class Builder(CorpusBuilder):
    """The chorales of the music21 corpus, split by piece: 80 / 10 / 10 %."""

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {"1.0.0": "First version.", "1.1.0": "Keys, and the voice of a song."}
    composer = "bach"
    pattern = "*.mxl"

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        return self.split(self.pieces())
