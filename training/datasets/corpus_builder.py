"""Data sets of scores from the installed music21 corpus."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

from seqzoo.training.music.pieces import Piece, read_pieces
from seqzoo.training.progress import progress_bar


class CorpusBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Reads scores of the installed music21 corpus; nothing is downloaded or copied.

    An element is `{"name": file name, "midi": the score as the bytes of a MIDI file}`, what
    `seqzoo.training.music.pieces.Piece` holds.
    """

    composer = ""
    pattern = ""

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "name": tfds.features.Text(),
                    "midi": tfds.features.Tensor(shape=(), dtype=np.bytes_),
                }
            ),
            homepage="https://www.music21.org/music21docs/about/referenceCorpus.html",
        )

    def paths(self) -> list[Path]:
        """The files of the corpus, sorted by name."""
        from music21 import corpus

        return sorted(
            p for p in map(Path, corpus.getComposer(self.composer)) if p.match(self.pattern)
        )

    def pieces(self) -> list[Piece]:
        """The pieces, with a progress bar: reading them all takes a while."""
        paths = self.paths()
        with progress_bar(f"Reading {self.name}", len(paths)) as advance:
            return read_pieces(paths, on_read=advance)[0]

    def _generate_examples(self, pieces: list[Piece]) -> Iterator[tuple[str, dict]]:
        for piece in pieces:
            yield piece.name, {"name": piece.name, "midi": piece.midi}
