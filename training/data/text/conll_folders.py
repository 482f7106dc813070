"""Tagged sentences from folders of CoNLL files."""

import os
import re
from pathlib import Path

from seqzoo.training.data.splits import Splits
from seqzoo.training.data.text.split import split_by_sentence
from seqzoo.zoo.text.tagging.conll_reader import ConllError, read_conll
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

_ENDINGS = (".conll", ".txt", ".iob", ".bio", ".tsv")
# testa and testb are the names of the CoNLL shared tasks.
_SPLIT_NAMES = {"train": "train", "validation": "dev|valid|validation|testa", "test": "test|testb"}


def load_folder(folder: str | os.PathLike, **reading: str) -> Splits[TaggedSentence]:
    """Loads the CoNLL files in a folder and its subfolders.

    Files whose names start with `train`; with `dev`, `valid`, `validation` or `testa`; and with
    `test` or `testb` are the splits, and other files are skipped. If there are no such files, all
    files are split as one data set, and unreadable ones are skipped. Hidden files are ignored.

    Args:
        folder: The folder, with files that end in .conll, .txt, .iob, .bio or .tsv.
        **reading: `scheme` and `columns`; see `read_conll`.

    Raises:
        ConllError: If there are no CoNLL files, a file of a split cannot be read, or, without
            files of splits, no file can be read.
    """
    folder = Path(folder)
    paths = _find(folder)
    by_split = {
        split: [path for path in paths if _split_of(path) == split] for split in _SPLIT_NAMES
    }
    if not any(by_split.values()):
        return _split_as_one(paths, reading)
    splits = {
        split: [sentence for path in its_paths for sentence in read_conll(path, **reading)]
        for split, its_paths in by_split.items()
    }
    skipped = [
        f"{path} is in no split: its name starts with none of train, dev and test."
        for path in paths
        if _split_of(path) is None
    ]
    return Splits(**splits, skipped=skipped)


def _find(folder):
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _ENDINGS
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    if not found:
        raise ConllError(f"{folder} has no CoNLL files; put files of {', '.join(_ENDINGS)} there.")
    return found


def _split_of(path):
    for split, names in _SPLIT_NAMES.items():
        if re.match(f"({names})(?![a-z])", path.name.lower()):
            return split
    return None


def _split_as_one(paths, reading):
    sentences, skipped = [], []
    for path in paths:
        try:
            sentences += read_conll(path, **reading)
        except ConllError as error:
            skipped.append(str(error))
    if not sentences:
        raise ConllError(f"None of {len(paths)} files is a CoNLL file: {skipped[0]}")
    splits = split_by_sentence(sentences)
    return Splits(splits.train, splits.validation, splits.test, skipped)
