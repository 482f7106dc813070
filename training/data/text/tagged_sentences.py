"""The data sets of taggers: published ones by name, and the user's own CoNLL files."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqzoo.training.data.data_sets import DataSets
from seqzoo.training.data.leaks import Keyed, keyed_by
from seqzoo.training.data.published import TAGGED_SENTENCES, DataSet
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.text.conll_folders import load_folder
from seqzoo.training.data.text.split import split_by_sentence, words_key
from seqzoo.zoo.text.tagging.conll_reader import read_conll
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence
from seqzoo.zoo.text.tagging.tagging_schemes import to_iob2


class TaggedSentenceSets(DataSets[TaggedSentence]):
    """Tagged sentences. Published data sets keep their official splits."""

    kind = TAGGED_SENTENCES
    examples = "sentences"
    own = "a CoNLL file, a folder of them"
    place = "file or folder"
    reading = ("columns", "scheme")

    def read(self, path: Path, **reading: str) -> Splits[TaggedSentence]:
        """Reads a CoNLL file, or a folder of them.

        A folder whose files are named after splits keeps these splits. A file, or any other folder,
        is split by sentence, 80 / 10 / 10 %; see `split_by_sentence` and `load_folder`.

        Args:
            path: The file or folder.
            **reading: `scheme` and `columns`; see `read_conll`.

        Raises:
            ConllError: If the files cannot be read.
        """
        if path.is_dir():
            return load_folder(path, **reading)
        return split_by_sentence(read_conll(path, **reading))

    def elements(self, data_set: DataSet, builder: Any, split: str) -> Iterator[TaggedSentence]:
        """Yields the sentences of a split, with tags in IOB2."""
        words_feature, tags_feature = (data_set.feature(name) for name in ("tokens", "tags"))
        tag_name = _tag_name(builder.info.features[tags_feature].feature)
        for element in builder.as_dataset(split=split, shuffle_files=False).as_numpy_iterator():
            # From some files, TFDS reads empty words and sentences without words.
            both = zip(element[words_feature], element[tags_feature], strict=True)
            pairs = [(word.decode(), tag_name(tag)) for word, tag in both if word]
            if pairs:
                words, tags = zip(*pairs, strict=True)
                # Published tags are in IOB1 or IOB2; reading them as IOB1 is correct for both.
                yield TaggedSentence(words, to_iob2(tags, "IOB1"))

    def load_published(
        self, name: str, data_dir: str | os.PathLike | None = None
    ) -> Splits[TaggedSentence]:
        """Loads a published data set; reports if its test split is missing."""
        splits = super().load_published(name, data_dir)
        if splits.test:
            return splits
        missing = (
            f"The test split of {name}, which is not among its files; put it there to test on it."
        )
        return splits + Splits([], [], [], [missing])

    def keyed(self, examples: Sequence[TaggedSentence]) -> Keyed[TaggedSentence]:
        """Returns the sentences with keys of their words."""
        return keyed_by(words_key, examples)


def _tag_name(feature):
    """Returns a function that names a tag: by its class, unless it is text already."""
    return getattr(feature, "int2str", bytes.decode)


TAGGED_SENTENCE_SETS = TaggedSentenceSets()
"""The data sets of tagged sentences."""
