"""Requests to a voice assistant, their intents and slots."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.local_data import local
from seqzoo.training.datasets.sentence_builder import SentenceBuilder
from seqzoo.training.datasets.sources import SourceConfig, downloading, source_of

SOURCE = "https://raw.githubusercontent.com/MiuLab/SlotGated-SLU/master/data/snips"
"""The address of the files."""

_FOLDER = "text", "snips"
_SPLITS = {"train": "train", "validation": "valid", "test": "test"}
_FILES = {"words": "seq.in", "tags": "seq.out", "label": "label"}


class Builder(SentenceBuilder):
    """SNIPS with the splits of Goo et al. (2018).

    The tags of an element are the slots of a request, and its `label` is the intent.

    Without `config`, the files in `$SEQZOO_DATA/text/snips` are used if that folder exists, and the
    published ones otherwise. A folder without `test` gives no split `test`.

    Raises:
        SeqzooError: If the files cannot be downloaded, are not the published ones, or the folder
            lacks one.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    homepage = "https://github.com/MiuLab/SlotGated-SLU"
    features = {"label": tfds.features.Text()}

    def __init__(self, *, config: SourceConfig | None = None, **kwargs: Any) -> None:
        super().__init__(config=config or source_of(local(*_FOLDER), _all_files), **kwargs)

    def files(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        """See `SentenceBuilder`."""
        folder = self.builder_config.path
        return _local(folder) if folder else _downloaded(dl_manager)

    def _generate_examples(self, paths: dict[str, Path]) -> Iterator[tuple[int, dict]]:
        columns = {name: _lines(path) for name, path in paths.items()}
        if len({len(lines) for lines in columns.values()}) > 1:
            numbers = ", ".join(f"{paths[name]} {len(lines)}" for name, lines in columns.items())
            raise SeqzooError(f"Files of SNIPS differ in their number of lines: {numbers}.")
        for index, row in enumerate(zip(*columns.values(), strict=True)):
            words, tags, (label, *_) = (line.split(" ") for line in row)
            words, tags = list(filter(None, words)), list(filter(None, tags))
            if len(words) != len(tags):
                raise SeqzooError(
                    f"{paths['tags']}, line {index + 1}: there are {len(tags)} tags for "
                    f"{len(words)} words; put the file of SNIPS there."
                )
            yield index, {"words": words, "tags": tags, "label": label}


def _lines(path):
    try:
        data = Path(path).read_bytes()
        text = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
        return text.decode("utf-8").removesuffix("\n").split("\n")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise SeqzooError(f"{path} is damaged ({error}); put the file of SNIPS there.") from error


def _local(folder):
    """Returns the files of each split that the folder has."""
    splits = {
        split: {
            column: _plain_or_compressed(folder / name / file) for column, file in _FILES.items()
        }
        for split, name in _SPLITS.items()
        if (folder / name).is_dir()
    }
    for split in ("train", "validation"):
        if split not in splits:
            raise SeqzooError(f"{folder} has no {_SPLITS[split]}; put that folder of SNIPS there.")
    return splits


def _plain_or_compressed(path):
    for found in (path, path.with_name(f"{path.name}.gz")):
        if found.exists():
            return found
    raise SeqzooError(f"{path} is missing; put that file of SNIPS there.")


def _all_files(folder):
    return [path for paths in _local(folder).values() for path in paths.values()]


def _downloaded(dl_manager):
    urls = {
        split: {column: f"{SOURCE}/{name}/{file}" for column, file in _FILES.items()}
        for split, name in _SPLITS.items()
    }
    with downloading("SNIPS", SOURCE, "its folders train and valid", "/".join(_FOLDER)):
        return dl_manager.download(urls)
