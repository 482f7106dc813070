"""The data sets of frame generators: published ones by name, and the user's own files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqzoo.training.data.data_sets import DataSets
from seqzoo.training.data.leaks import Keyed, keyed_by
from seqzoo.training.data.music.rolls import RollPiece, read_rolls, roll_key
from seqzoo.training.data.published import PIANO_ROLLS, DataSet
from seqzoo.training.data.splits import Splits


class RollSets(DataSets[RollPiece]):
    """Piano rolls with their authors' splits; duplicates are found in any key."""

    kind = PIANO_ROLLS
    examples = "pieces"
    own = "a MATLAB file of piano rolls"
    place = "file"

    def finds(self, path: Path) -> bool:
        """Returns whether a path is a file."""
        return path.is_file()

    def read(self, path: Path, **reading: str) -> Splits[RollPiece]:
        """Reads a file in the layout of the published ones; see `read_rolls`."""
        return read_rolls(path)

    def elements(self, data_set: DataSet, builder: Any, split: str) -> Iterator[RollPiece]:
        """Yields the rolls of a split."""
        dataset = builder.as_dataset(split=split, shuffle_files=False)
        for element in dataset.as_numpy_iterator():
            yield RollPiece(element["name"].decode(), element["roll"])

    def keyed(self, examples: Sequence[RollPiece]) -> Keyed[RollPiece]:
        """Returns the rolls with keys of their music."""
        return keyed_by(roll_key, examples)


ROLL_SETS = RollSets()
"""The data sets of piano rolls."""
