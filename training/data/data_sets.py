"""Data sets of one kind: published ones by name, and the user's own files."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic

from seqzoo.core.errors import UsageError
from seqzoo.core.lazy import load_place
from seqzoo.core.progress import note
from seqzoo.training.data.leaks import Keyed, without_leaks
from seqzoo.training.data.published import DataSet, data_sets_of
from seqzoo.training.data.splits import Example, Splits
from seqzoo.training.data.tfds import prepared, quiet


class DataSets(ABC, Generic[Example]):
    """Loads the data sets of one kind; a subclass reads its kind.

    Attributes:
        kind: The kind of the published data sets, see `seqzoo.training.data.published`.
        examples: Plural noun for the examples, for messages.
        own: Noun phrase for the user's own data, for messages.
        place: `"file"`, `"folder"` or both, for messages.
        wrong_name: The error for a name that is neither published nor a path.
        reading: Names of the keyword arguments of `read`: format details that the files lack.
        moves_copies: See `without_leaks`.
    """

    kind: str
    examples: str
    own: str
    place: str
    wrong_name: type[Exception] = UsageError
    reading: Sequence[str] = ()
    moves_copies: bool = False

    @abstractmethod
    def read(self, path: Path, **reading: str) -> Splits[Example]:
        """Reads and splits the user's own files.

        Raises:
            SeqzooError: If they cannot be read.
        """

    @abstractmethod
    def elements(self, data_set: DataSet, builder: Any, split: str) -> Iterator[Example]:
        """Yields the examples of one split of a published data set.

        Args:
            data_set: The data set.
            builder: Its `tfds.core.DatasetBuilder`, prepared.
            split: The builder's name of the split.
        """

    @abstractmethod
    def keyed(self, examples: Sequence[Example]) -> Keyed[Example]:
        """Returns the examples with keys that are equal for duplicates."""

    def finds(self, path: Path) -> bool:
        """Returns whether a path is an existing file or folder of the right kind."""
        return path.exists()

    @property
    def published(self) -> dict[str, DataSet]:
        """The published data sets by name."""
        return data_sets_of(self.kind)

    def load_published(
        self, name: str, data_dir: str | os.PathLike | None = None
    ) -> Splits[Example]:
        """Loads a published data set with its official splits; the first call prepares it.

        Args:
            name: One of `published`.
            data_dir: Folder of prepared data. Defaults to that of TFDS.

        Raises:
            SeqzooError: If it cannot be downloaded.
        """
        data_set = self.published[name]
        if data_set.load:
            return load_place(data_set.load)()
        builder = prepared(name, lambda: data_set.make_builder(data_dir))
        with quiet():
            splits: dict[str, list[Example]] = {
                split: [
                    example
                    for published in names
                    if published in builder.info.splits
                    for example in self.elements(data_set, builder, published)
                ]
                for split, names in data_set.splits.items()
            }
        return Splits(splits["train"], splits["validation"], splits["test"])

    def load(
        self, name: str | os.PathLike, data_dir: str | os.PathLike | None = None, **reading: str
    ) -> Splits[Example]:
        """Loads the splits of a data set.

        Args:
            name: One of `published`; or a path, see `read`.
            data_dir: See `load_published`.
            **reading: Keyword arguments of `read`.

        Raises:
            UsageError: If there is no such data set or path, or `reading` does not belong to it.
            SeqzooError: If the data cannot be downloaded or read.
        """
        self.check_reading(reading)
        if name in self.published:
            if reading:
                raise UsageError(f"The format of {name} is known: leave out {_options(reading)}.")
            return self.load_published(str(name), data_dir)
        if not self.finds(Path(name)):
            raise self.wrong_name(
                f"There is no data set and no {self.place} {str(name)!r}: give {self.own}, or one "
                f"of {', '.join(self.published)}."
            )
        return self.read(Path(name), **reading)

    def check_reading(self, reading: Mapping[str, object]) -> None:
        """Checks the keyword arguments of `read`.

        Raises:
            UsageError: If this kind of data does not take one of them, or a value is not a string.
        """
        if unknown := [name for name in reading if name not in self.reading]:
            if self.reading:
                raise UsageError(
                    f"{_options(unknown)} says nothing of {self.examples}: only "
                    f"{_options(self.reading)} do."
                )
            raise UsageError(f"Only a tagger's data has these: leave out {_options(unknown)}.")
        for name, value in reading.items():
            if not isinstance(value, str):
                raise UsageError(f"--{name} must be a text, not {value!r}.")

    def load_all(self, names: Iterable[str | os.PathLike], **reading: str) -> Splits[Example]:
        """Loads several data sets as one, and prints what was skipped.

        Args:
            names: See `load`. Examples that one of them holds out are not trained on by any other.
            **reading: See `load`.
        """
        loaded = [self.load(name, **reading) for name in names]
        splits = sum(self.without_leaks(loaded), Splits([], [], []))
        for sentence in splits.skipped:
            note(f"Skipped: {sentence}")
        return splits

    def without_leaks(self, data_sets: Sequence[Splits[Example]]) -> list[Splits[Example]]:
        """Removes leaks between data sets, merging them with `moves_copies`; see `leaks`."""
        if self.moves_copies:
            data_sets = [sum(data_sets, Splits([], [], []))]
        elif len(data_sets) == 1:
            # A single data set keeps its published splits. Comparing would also read all pictures.
            return list(data_sets)
        return without_leaks(data_sets, self.keyed, self.examples, self.moves_copies)


def _options(names):
    return f"--{' and --'.join(names)}"
