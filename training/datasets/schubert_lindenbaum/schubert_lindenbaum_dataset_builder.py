"""Der Lindenbaum."""

from typing import Any

import tensorflow_datasets as tfds

from seqzoo.training.datasets.corpus_builder import CorpusBuilder


class Builder(CorpusBuilder):
    """Schubert's Der Lindenbaum: one piece, and only a training split."""

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {"1.0.0": "First version.", "1.1.0": "Keys, and the voice of a song."}
    composer = "schubert"
    pattern = "Lindenbaum.xml"

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        return {"train": self._generate_examples(self.pieces())}
