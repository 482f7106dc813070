"""Named entities in Brazilian legal text."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.local_data import local
from seqzoo.training.datasets.sentence_builder import SentenceBuilder
from seqzoo.training.datasets.sources import SourceConfig, downloading, source_of
from seqzoo.zoo.text.tagging.conll_reader import read_conll

SOURCE = (
    "https://raw.githubusercontent.com/peluz/lener-br/"
    "4999cb7f63191f1d6904206f312eeca8f5b45c5a/leNER-Br"
)
"""The address of the author's files."""

_FOLDER = "lener-br"
_FILES = {"train": "train.conll", "validation": "dev.conll", "test": "test.conll"}


class Builder(SentenceBuilder):
    """LeNER-Br with its official splits.

    Without `config`, the files in `$SEQZOO_DATA/lener-br` are used if that folder exists, and the
    author's otherwise. A folder without `test.conll` gives no split `test`.

    Raises:
        SeqzooError: If the files cannot be downloaded, are not the published ones, or the folder
            lacks one.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    homepage = "https://github.com/peluz/lener-br"

    def __init__(self, *, config: SourceConfig | None = None, **kwargs: Any) -> None:
        super().__init__(
            config=config or source_of(local(_FOLDER), lambda folder: _local(folder).values()),
            **kwargs,
        )

    def files(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        """See `SentenceBuilder`."""
        folder = self.builder_config.path
        return _local(folder) if folder else _downloaded(dl_manager)

    def _generate_examples(self, path: os.PathLike) -> Iterator[tuple[int, dict]]:
        for index, sentence in enumerate(read_conll(path)):
            yield index, {"words": sentence.words, "tags": sentence.tags}


def _local(folder):
    paths = {split: folder / name for split, name in _FILES.items() if (folder / name).exists()}
    for split in ("train", "validation"):
        if split not in paths:
            raise SeqzooError(f"{folder} has no {_FILES[split]}; put LeNER-Br's file there.")
    return paths


def _downloaded(dl_manager):
    urls = {split: f"{SOURCE}/{Path(name).stem}/{name}" for split, name in _FILES.items()}
    with downloading("LeNER-Br", SOURCE, "its train.conll and dev.conll", _FOLDER):
        return dl_manager.download(urls)
