"""The data sets of taggers: published ones by name, and the user's own CoNLL files."""

import os
from collections.abc import Iterable
from pathlib import Path

from seqzoo.errors import UsageError
from seqzoo.training.parts import Parts
from seqzoo.training.progress import note
from seqzoo.training.tagging.folders import load_folder
from seqzoo.training.tagging.published import PUBLISHED, load_published
from seqzoo.training.tagging.split import split_by_sentence, without_leaks
from seqzoo.zoo.ner_tagger.conll_reader import read_conll
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence

DATASETS = {name: data.summary for name, data in PUBLISHED.items()}
"""The published data sets: name and what they hold."""


def load(
    name: str | os.PathLike, data_dir: str | os.PathLike | None = None
) -> Parts[TaggedSentence]:
    """Loads a data set of tagged sentences in parts.

    A published data set keeps its official split. So does a folder whose files are named after
    the parts. A file, and any other folder, is split by sentence, 80 / 10 / 10 %; see
    `split_by_sentence` and `load_folder`.

    Args:
        name: One of `DATASETS`, prepared by TensorFlow Datasets when it is first used; or a CoNLL
            file, or a folder of them.
        data_dir: Where TensorFlow Datasets keeps what it prepared; its own default without one.

    Returns:
        The parts.

    Raises:
        UsageError: If there is no such data set, file or folder.
        ConllError: If the files cannot be read.
        SeqzooError: If a published data set cannot be downloaded.
    """
    if name in DATASETS:
        return load_published(str(name), data_dir)
    path = Path(name)
    if not path.exists():
        raise UsageError(
            f"There is no data set and no file or folder {str(name)!r}: give a CoNLL file, a "
            f"folder of them, or one of {', '.join(DATASETS)}."
        )
    return load_folder(path) if path.is_dir() else split_by_sentence(read_conll(path))


def load_all(names: Iterable[str | os.PathLike]) -> Parts[TaggedSentence]:
    """Loads several data sets as one; what was skipped is said.

    What one of them holds out, no other one trains on; see `without_leaks`.

    Args:
        names: See `load`.
    """
    loaded = [load(name) for name in names]
    parts = sum(without_leaks(loaded), Parts([], [], []))
    for sentence in parts.skipped:
        note(f"Skipped: {sentence}")
    left_out = sum(len(p.train + p.validation) for p in loaded) - len(
        parts.train + parts.validation
    )
    if left_out:
        note(f"Left out {left_out} sentences that another of the data sets holds out.")
    return parts
