"""Registry of published data sets, one row each."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqzoo.core.lazy import load_place
from seqzoo.training.data.splits import SPLITS

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

SCORES = "scores"
PIANO_ROLLS = "piano rolls"
TAGGED_SENTENCES = "tagged sentences"
CAPTIONED_IMAGES = "captioned images"

_OF_TFDS = "tfds:"


@dataclasses.dataclass(frozen=True)
class DataSet:
    """A published data set.

    `builder` and `load` are written as `"module:name"` and imported on first use.

    Attributes:
        name: Its name on the command line.
        kind: `SCORES`, `PIANO_ROLLS`, `TAGGED_SENTENCES` or `CAPTIONED_IMAGES`.
        summary: Its description, in one line.
        builder: Its `tfds.core.DatasetBuilder`, or `"tfds:"` and the name of a builder of
            TensorFlow Datasets. Its elements have the form of other data sets of the kind.
        load: A function that returns its `Splits`, for data sets without a builder.
        features: The builder's feature names, by their usual names. Defaults to the usual names.
        splits: The builder's splits that make up each split. Defaults to those of the same names.
        composer: The composer of the music. Defaults to none.
    """

    name: str
    kind: str
    summary: str
    builder: str = ""
    load: str = ""
    features: Mapping[str, str] = dataclasses.field(default_factory=dict)
    splits: Mapping[str, Sequence[str]] = dataclasses.field(
        default_factory=lambda: {split: (split,) for split in SPLITS}
    )
    composer: str = ""

    def make_builder(self, data_dir: str | os.PathLike | None = None) -> tfds.core.DatasetBuilder:
        """Makes the builder.

        Args:
            data_dir: Folder of prepared data. Defaults to that of TFDS.
        """
        if self.builder.startswith(_OF_TFDS):
            import tensorflow_datasets as tfds

            return tfds.builder(self.builder.removeprefix(_OF_TFDS), data_dir=data_dir)
        return load_place(self.builder)(data_dir=data_dir)

    def feature(self, name: str) -> str:
        """Returns the builder's name of a feature."""
        return self.features.get(name, name)


DATA_SETS: dict[str, DataSet] = {}
"""The data sets by name."""


def register_data_set(data_set: DataSet) -> None:
    """Adds a data set, so that models of its kind can be trained on it by its name.

    Raises:
        ValueError: If there is another data set of that name.
    """
    if DATA_SETS.setdefault(data_set.name, data_set) != data_set:
        raise ValueError(f"There is another data set {data_set.name!r}: choose another name.")


def data_sets_of(kind: str) -> dict[str, DataSet]:
    """Returns the data sets of a kind by name."""
    return {name: row for name, row in DATA_SETS.items() if row.kind == kind}


def _builder(name: str) -> str:
    """Returns the `"module:name"` of a builder in this package."""
    module = name.replace("-", "_")
    return f"seqzoo.training.datasets.{module}.{module}_dataset_builder:Builder"


def _register(name: str, kind: str, summary: str, **fields: Any) -> None:
    register_data_set(DataSet(name, kind, summary, **fields))


_register(
    "bach-chorales",
    SCORES,
    "408 four-part chorales by J. S. Bach, from the music21 corpus",
    builder=_builder("bach-chorales"),
    composer="Bach",
)
_register(
    "schubert-lieder",
    SCORES,
    "80 songs for voice and piano by Schubert, from the OpenScore Lieder Corpus",
    builder=_builder("schubert-lieder"),
    composer="Schubert",
)
_register(
    "openscore-lieder",
    SCORES,
    "1,365 songs for voice and piano by 125 composers other than Schubert, from OpenScore",
    builder=_builder("openscore-lieder"),
)
_register(
    "schubert-lindenbaum",
    SCORES,
    "Der Lindenbaum, D 911 No. 5, by Schubert, from the music21 corpus",
    builder=_builder("schubert-lindenbaum"),
    composer="Schubert",
)
_register(
    "jsb-chorales",
    PIANO_ROLLS,
    "382 chorales by J. S. Bach as piano rolls, with the published split",
    builder=_builder("jsb-chorales"),
)
_register(
    "nottingham",
    PIANO_ROLLS,
    "1,037 folk tunes with chords as piano rolls, with the published split",
    builder=_builder("nottingham"),
)
_register(
    "lener-br",
    TAGGED_SENTENCES,
    "LeNER-Br: Brazilian legal text, six kinds of entities",
    builder=_builder("lener-br"),
    features={"tokens": "words"},
)
_register(
    "snips",
    TAGGED_SENTENCES,
    "SNIPS: requests to a voice assistant in English, 39 kinds of slots",
    builder=_builder("snips"),
    features={"tokens": "words"},
)
_register(
    "wikiann-pt",
    TAGGED_SENTENCES,
    "WikiANN: Portuguese Wikipedia, people, organisations and places",
    builder="tfds:wikiann/pt",
)
_register(
    "conll2003",
    TAGGED_SENTENCES,
    "CoNLL-2003: English news, people, organisations, places and others",
    builder="tfds:conll2003",
    features={"tags": "ner"},
    splits={"train": ("train",), "validation": ("dev",), "test": ("test",)},
)
_register(
    "scenes",
    CAPTIONED_IMAGES,
    "drawn scenes of coloured shapes, captions in English and Portuguese",
    load="seqzoo.training.data.images.scenes.scene_splits:scene_splits",
)
_register(
    "tux-paint",
    CAPTIONED_IMAGES,
    "stamps of Tux Paint, where installed, captions in English and Portuguese",
    load="seqzoo.training.data.images.tux_paint:load_tux_paint",
)
_register(
    "flickr8k",
    CAPTIONED_IMAGES,
    "Flickr8k, from your folder: photographs with five captions each, also in Portuguese",
    load="seqzoo.training.data.images.flickr8k_folder:load_flickr8k",
)
_register(
    "coco-captions",
    CAPTIONED_IMAGES,
    "COCO 2014: photographs with five captions each, in English",
    builder="tfds:coco_captions",
    # The fourth split of Karpathy and Li (2015), the rest of COCO's validation split, belongs to
    # the training split, as in the papers that report results on it.
    splits={"train": ("train", "restval"), "validation": ("val",), "test": ("test",)},
)
