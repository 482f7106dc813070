"""The data sets of frame generators: published ones by name, and the user's own files."""

import os
from collections.abc import Iterable
from pathlib import Path

from seqzoo.errors import UsageError
from seqzoo.training.frames.pieces import RollPiece, read_rolls
from seqzoo.training.parts import Parts
from seqzoo.training.prepared import builder_class, prepared, quiet

DATASETS = {
    "jsb-chorales": "382 chorales by J. S. Bach as piano rolls, with the published split",
    "nottingham": "1,037 folk tunes with chords as piano rolls, with the published split",
}
"""The published data sets: name and what they hold."""


def load(name: str | os.PathLike, data_dir: str | os.PathLike | None = None) -> Parts[RollPiece]:
    """Loads a data set of piano rolls with its split.

    Args:
        name: One of `DATASETS`, prepared by TensorFlow Datasets when it is first used; or a
            MATLAB file that is laid out like theirs, see `read_rolls`.
        data_dir: Where TensorFlow Datasets keeps what it prepared; its own default without one.

    Raises:
        UsageError: If there is no such data set or file.
        SeqzooError: If it cannot be downloaded or read.
    """
    if name in DATASETS:
        return _load_published(str(name), data_dir)
    if not Path(name).is_file():
        raise UsageError(
            f"There is no data set and no file {str(name)!r}: give a MATLAB file of piano rolls, "
            f"or one of {', '.join(DATASETS)}."
        )
    return read_rolls(name)


def load_all(names: Iterable[str | os.PathLike]) -> Parts[RollPiece]:
    """Loads several data sets as one."""
    return sum(map(load, names), Parts([], [], []))


def _load_published(name, data_dir):
    builder = prepared(name, lambda: builder_class(name)(data_dir=data_dir))

    def part(split):
        dataset = builder.as_dataset(split=split, shuffle_files=False)
        return [RollPiece(e["name"].decode(), e["roll"]) for e in dataset.as_numpy_iterator()]

    with quiet():
        return Parts(*map(part, ("train", "validation", "test")))
