"""The data sets of note generators: published ones by name, and folders of scores."""

import os
from collections.abc import Iterable
from pathlib import Path

from seqzoo.training.music.pieces import Piece, read_pieces, split_by_piece, without_leaks
from seqzoo.training.parts import Parts
from seqzoo.training.prepared import builder_class, prepared
from seqzoo.training.progress import note
from seqzoo.zoo.note_generator.score_reader import ScoreError, find_scores

DATASETS = {
    "bach-chorales": "408 four-part chorales by J. S. Bach, from the music21 corpus",
    "schubert-lieder": "80 songs for voice and piano by Schubert, from the OpenScore Lieder Corpus",
    "schubert-lindenbaum": "Der Lindenbaum, D 911 No. 5, by Schubert, from the music21 corpus",
}
"""The published data sets: name and what they hold."""


def load(name: str | os.PathLike) -> Parts:
    """Loads a data set, split by piece.

    The split of a folder depends on all pieces in it: a folder that grows is split anew.

    Args:
        name: One of `DATASETS`, prepared by TensorFlow Datasets when it is first used; or a
            folder of scores, of which those that cannot be read are skipped and named.

    Raises:
        ScoreError: If there is no such data set or folder, or no score in it.
    """
    if name in DATASETS:
        return _load_published(str(name))
    if not Path(name).exists():
        raise ScoreError(
            f"There is no data set and no folder {str(name)!r}: give a folder of scores, or one "
            f"of {', '.join(DATASETS)}."
        )
    pieces, skipped = read_pieces(find_scores(name))
    parts = split_by_piece(pieces)
    return Parts(parts.train, parts.validation, parts.test, skipped)


def load_all(names: Iterable[str | os.PathLike]) -> Parts:
    """Loads several data sets as one; what was skipped is said.

    A piece that stands on different sides of two of them goes to the held-out side.

    Args:
        names: See `load`.
    """
    parts = sum((load(name) for name in names), Parts([], [], []))
    for sentence in parts.skipped:
        note(f"Skipped: {sentence}")
    if parts.skipped:
        note(f"Skipped {len(parts.skipped)} files in all.")
    return without_leaks(parts)


def _load_published(name: str) -> Parts:
    builder = prepared(name, builder_class(name))

    def part(split):
        if split not in builder.info.splits:
            return []
        dataset = builder.as_dataset(split=split, shuffle_files=False)
        return [Piece(e["name"].decode(), e["midi"]) for e in dataset.as_numpy_iterator()]

    return Parts(part("train"), part("validation"), part("test"))
