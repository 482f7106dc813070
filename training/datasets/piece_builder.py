"""Data sets of pieces of music."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from seqzoo.core.progress import progress_bar
from seqzoo.training.data.music.pieces import Piece, read_pieces, split_by_piece
from seqzoo.training.data.splits import SPLITS


class PieceBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):  # type: ignore[call-arg]
    """Reads scores into pieces.

    An element is `{"name": file name, "midi": the score as the bytes of a MIDI file}`, the fields
    of `seqzoo.training.data.music.pieces.Piece`.
    """

    homepage = ""
    keeps_order = False

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "name": tfds.features.Text(),
                    "midi": tfds.features.Tensor(shape=(), dtype=np.bytes_),
                }
            ),
            homepage=self.homepage,
            disable_shuffling=self.keeps_order,
        )

    def read(self, paths: list[Path]) -> list[Piece]:
        """Reads the pieces of files, with a progress bar."""
        with progress_bar(f"Reading {self.name}", len(paths)) as advance:
            return read_pieces(paths, on_read=advance)[0]

    def split(self, pieces: list[Piece]) -> dict[str, Iterator[tuple[str | int, dict]]]:
        """Returns the elements of pieces by split; see `split_by_piece`."""
        splits = split_by_piece(pieces)
        return {name: self._generate_examples(getattr(splits, name)) for name in SPLITS}

    def _generate_examples(self, pieces: list[Piece]) -> Iterator[tuple[str | int, dict]]:
        for index, piece in enumerate(pieces):
            key = index if self.keeps_order else piece.name
            yield key, {"name": piece.name, "midi": piece.midi}
