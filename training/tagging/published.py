"""Published data sets of tagged sentences, prepared by TensorFlow Datasets."""

import dataclasses
import os
from collections.abc import Callable, Iterator

from seqzoo.training.parts import Parts
from seqzoo.training.prepared import builder_class, prepared, quiet
from seqzoo.zoo.ner_tagger.tagged_sentence import TaggedSentence
from seqzoo.zoo.ner_tagger.tagging_schemes import to_iob2


@dataclasses.dataclass(frozen=True)
class Published:
    """A published data set.

    Attributes:
        summary: What it holds, in a line.
        builder: Makes its builder from the folder of prepared data.
        words: The feature of the words.
        tags: The feature of the tags.
        validation: The split to validate on.
    """

    summary: str
    builder: Callable
    words: str = "tokens"
    tags: str = "tags"
    validation: str = "validation"


def _lener_br(data_dir):
    return builder_class("lener-br")(data_dir=data_dir)


def _of_tfds(name):
    def builder(data_dir):
        import tensorflow_datasets as tfds

        return tfds.builder(name, data_dir=data_dir)

    return builder


PUBLISHED = {
    "lener-br": Published(
        "LeNER-Br: Brazilian legal text, six kinds of entities", _lener_br, words="words"
    ),
    "wikiann-pt": Published(
        "WikiANN: Portuguese Wikipedia, people, organisations and places", _of_tfds("wikiann/pt")
    ),
    "conll2003": Published(
        "CoNLL-2003: English news, people, organisations, places and others",
        _of_tfds("conll2003"),
        tags="ner",
        validation="dev",
    ),
}
"""The data sets by name."""


def load_published(name: str, data_dir: str | os.PathLike | None = None) -> Parts[TaggedSentence]:
    """Loads a published data set with its official split; it is prepared on the first call.

    Args:
        name: One of `PUBLISHED`.
        data_dir: Where prepared data is kept; TFDS's own default without one.

    Raises:
        SeqzooError: If it cannot be downloaded.
    """
    data = PUBLISHED[name]
    builder = prepared(name, lambda: data.builder(data_dir))
    with quiet():
        parts = [list(_sentences(builder, data, s)) for s in ("train", data.validation, "test")]
    missing = f"The test part of {name}, which is not among its files; put it there to test on it."
    return Parts(*parts, [] if parts[2] else [missing])


def _sentences(builder, data, split) -> Iterator[TaggedSentence]:
    if split not in builder.info.splits:
        return
    tag_name = _tag_name(builder.info.features[data.tags].feature)
    for element in builder.as_dataset(split=split, shuffle_files=False).as_numpy_iterator():
        # TFDS reads empty words, and a sentence without any, from some files.
        pairs = zip(element[data.words], element[data.tags], strict=True)
        pairs = [(word.decode(), tag_name(tag)) for word, tag in pairs if word]
        if pairs:
            words, tags = zip(*pairs, strict=True)
            # Published tags are in IOB1 or IOB2, and this reading is right for both.
            yield TaggedSentence(words, to_iob2(tags, "IOB1"))


def _tag_name(feature):
    """How a tag is named: by its class, or it is text already."""
    return getattr(feature, "int2str", bytes.decode)
