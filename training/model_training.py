"""What training must know of a model beyond the model itself."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic

import keras
import numpy as np
import tensorflow as tf

from seqzoo.errors import UsageError
from seqzoo.training.curves import Curves
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.parts import Example, Parts
from seqzoo.training.recipe import Recipe

_TRAININGS = {
    "note-generator": "music.MusicTraining",
    "frame-generator": "frames.FrameTraining",
    "ner": "tagging.TaggingTraining",
    "captioner": "captioning.CaptioningTraining",
}


class ModelTraining(ABC, Generic[Example]):
    """Data, batches and scores of one model.

    Attributes:
        examples: What the data consists of, in the plural.
        monitor: The metric of the validation part by which weights are chosen.
        higher_is_better: Whether more of it is better.
        curves: What is drawn of a run.
        files: Names in the `network` of a recipe that stand for files.
    """

    examples: str
    monitor: str
    higher_is_better: bool
    curves: Sequence[Curves]
    files: Sequence[str] = ()

    @abstractmethod
    def load(self, names: Iterable[str]) -> Parts[Example]:
        """Loads data sets by name, and the user's own files.

        Raises:
            SeqzooError: If there is none of that name, or a file cannot be read.
        """

    @abstractmethod
    def sizes(self) -> dict[str, object]:
        """What the `network` of a recipe may hold, with the defaults."""

    @abstractmethod
    def make_task(self, recipe: Recipe, parts: Parts[Example]):
        """The model of a recipe, untrained or from its `init`.

        Raises:
            RecipeError: If `network` or `init` does not fit the model.
        """

    @abstractmethod
    def batches(
        self,
        task,
        examples: Sequence[Example],
        batch_size: int,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Batches to fit on, in the order of the examples or in one drawn by `rng`."""

    @abstractmethod
    def measure(self, task, examples: Sequence[Example], batch_size: int) -> dict[str, float]:
        """The metrics of examples that the model has not learned from.

        `loss` is among them, and what becomes `monitor` behind the prefix `val_`.
        """

    @abstractmethod
    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """What is said after an epoch."""

    @abstractmethod
    def fingerprint(self, parts: Parts[Example]) -> str:
        """A hash of all examples and the parts they are in."""

    @abstractmethod
    def evaluate(self, task, parts: Parts[Example], part: str) -> Evaluation:
        """The scores of a part.

        Args:
            task: The model.
            parts: The data.
            part: `train`, `validation`, `test` or `all`.

        Raises:
            UsageError: If the part is empty.
        """

    def compositions(
        self, task, parts: Parts[Example], part: str, count: int, seed: int
    ) -> Evaluation:
        """What the model composes, beside a part and the training part.

        Args:
            task: The model.
            parts: The data.
            part: `validation` or `test`.
            count: How many pieces are composed.
            seed: Of the pieces.

        Raises:
            UsageError: If this kind of model composes nothing, or the part is empty.
        """
        raise UsageError("This kind of model composes nothing: leave out --compose.")

    @abstractmethod
    def through_signature(self, task, examples: Sequence[Example]) -> Callable:
        """A function that measures an exported model; see `seqzoo.export.export_tflite`."""

    def augmented(self, examples: Sequence[Example], rng: np.random.Generator) -> Sequence[Example]:
        """The examples of an epoch; by default as they are."""
        return examples

    def rounds(self, examples: Sequence[Example]) -> int:
        """How often an epoch goes through the examples; by default once."""
        return 1

    def optimizer(self, schedule) -> keras.optimizers.Optimizer:
        """The optimizer with a schedule of the learning rate."""
        return keras.optimizers.Adam(schedule, clipnorm=1.0)


def training_of(model: str) -> ModelTraining:
    """The training of a model by its name on the command line."""
    module, name = _TRAININGS[model].split(".")
    return getattr(importlib.import_module(f"seqzoo.training.{module}.training"), name)()
