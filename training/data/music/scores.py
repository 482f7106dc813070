"""The data sets of note generators: published ones by name, and folders of scores."""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seqzoo.core.progress import note
from seqzoo.training.data.data_sets import DataSets
from seqzoo.training.data.leaks import Keyed, keyed_by
from seqzoo.training.data.music.pieces import (
    Piece,
    music_key,
    read_pieces,
    split_by_piece,
)
from seqzoo.training.data.published import SCORES, DataSet
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.music.reader import ScoreError, find_scores


class ScoreSets(DataSets[Piece]):
    """Scores, split by piece.

    A piece that is in the training split of one data set and held out by another, in any key, goes
    to the held-out split.
    """

    kind = SCORES
    examples = "pieces"
    own = "a folder of scores"
    place = "folder"
    wrong_name = ScoreError
    moves_copies = True

    def read(self, path: Path, **reading: str) -> Splits[Piece]:
        """Reads a folder of scores; unreadable ones are skipped and reported.

        The splits depend on all pieces in the folder: adding one may change them.

        Raises:
            ScoreError: If the folder has no score.
        """
        pieces, skipped = read_pieces(find_scores(path))
        return split_by_piece(pieces) + Splits([], [], [], skipped)

    def elements(self, data_set: DataSet, builder: Any, split: str) -> Iterator[Piece]:
        """Yields the pieces of a split."""
        dataset = builder.as_dataset(split=split, shuffle_files=False)
        for element in dataset.as_numpy_iterator():
            yield Piece(element["name"].decode(), element["midi"])

    def keyed(self, examples: Sequence[Piece]) -> Keyed[Piece]:
        """Returns the pieces with keys of their music."""
        return keyed_by(music_key, examples)

    def load_all(self, names: Iterable[str | os.PathLike], **reading: str) -> Splits[Piece]:
        """Loads several data sets as one; reports the skipped files and their number."""
        splits = super().load_all(names, **reading)
        if splits.skipped:
            note(f"Skipped {len(splits.skipped)} files in all.")
        return splits


SCORE_SETS = ScoreSets()
"""The data sets of scores."""
