"""The training adapter of a model: data, batches, metrics."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.lazy import load_place
from seqzoo.training.curves import Curves
from seqzoo.training.data.data_sets import DataSets
from seqzoo.training.data.splits import Example, Splits
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.recipe import Recipe
from seqzoo.zoo.base.task import ZooTask
from seqzoo.zoo.registry import MODELS


class ModelTraining(ABC, Generic[Example]):
    """Data, batches and scores of one model.

    Attributes:
        data_sets: Where the data comes from.
        task_class: The model.
        epochs: Most passes over the training split; as the next three, what a recipe leaves out.
        batch_size: See `Recipe`.
        patience: See `Recipe`.
        augment: See `Recipe`.
        monitor: The metric of the validation split by which weights are chosen.
        higher_is_better: Whether more of it is better.
        curves: What is drawn of a run.
        files: Names in the `network` of a recipe that stand for files.
        counts_baselines: Whether `evaluate` and `compositions` take `training_data`, which
            baselines are counted on.
        composes: Whether it has `compositions`.
    """

    data_sets: DataSets[Example]
    task_class: type[ZooTask]
    epochs: int
    batch_size: int
    patience: int
    augment: bool
    monitor: str
    higher_is_better: bool
    curves: Sequence[Curves]
    files: Sequence[str] = ()
    counts_baselines: bool = False
    composes: bool = False

    @property
    def examples(self) -> str:
        """What the data consists of, in the plural."""
        return self.data_sets.examples

    def defaults(self) -> dict[str, object]:
        """What a recipe leaves out: values by the fields of `Recipe`."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.task_class.default_learning_rate,
            "patience": self.patience,
            "augment": self.augment,
        }

    def load(
        self, names: Iterable[str], reading: Mapping[str, str] | None = None
    ) -> Splits[Example]:
        """Loads data sets by name, and the user's own files, as one.

        Args:
            names: Data sets and paths.
            reading: What a file does not say itself, such as which column holds what.

        Raises:
            UsageError: If this kind of data has nothing to be told.
            SeqzooError: If there is none of that name, or a file cannot be read.
        """
        reading = reading or {}
        # A recipe may hold names that are those of other arguments.
        self.data_sets.check_reading(reading)
        return self.data_sets.load_all(names, **reading)

    def contents(self, examples: Sequence[Example]) -> str:
        """What is said of the training split beside its size; by default nothing."""
        return ""

    @abstractmethod
    def sizes(self) -> dict[str, object]:
        """What the `network` of a recipe may hold, with the defaults."""

    @abstractmethod
    def make_task(self, recipe: Recipe, splits: Splits[Example]) -> keras.Model:
        """The model of a recipe, untrained or from its `init`.

        Raises:
            RecipeError: If `network` or `init` does not fit the model.
        """

    @abstractmethod
    def batches(
        self,
        task: keras.Model,
        examples: Sequence[Example],
        batch_size: int,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Batches to fit on, in the order of the examples or in one drawn by `rng`."""

    @abstractmethod
    def measure(
        self, task: keras.Model, examples: Sequence[Example], batch_size: int
    ) -> dict[str, float]:
        """The metrics of examples that the model has not learned from.

        `loss` is among them, and what becomes `monitor` after the prefix `val_`.
        """

    @abstractmethod
    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """What is said after an epoch."""

    @abstractmethod
    def fingerprint(self, splits: Splits[Example]) -> str:
        """A hash of all examples and the splits they are in."""

    @abstractmethod
    def evaluate(self, task: keras.Model, splits: Splits[Example], split: str) -> Evaluation:
        """The scores of a split.

        Args:
            task: The model.
            splits: The data.
            split: `train`, `validation`, `test` or `all`.

        Raises:
            UsageError: If the split is empty.
        """

    def compositions(
        self,
        task: keras.Model,
        splits: Splits[Example],
        split: str,
        count: int,
        seed: int,
        training_data: TrainingData[Example] | None = None,
    ) -> Evaluation:
        """What the model composes, beside a split and what it was trained on.

        Args:
            task: The model.
            splits: The data.
            split: A split that the model was not trained on.
            count: How many pieces are composed.
            seed: Of the pieces.
            training_data: What the model was trained on, if it is known.

        Raises:
            UsageError: If the split is empty.
        """
        raise NotImplementedError(f"{type(self).__name__} composes nothing.")

    @abstractmethod
    def score_exported(self, task: keras.Model, examples: Sequence[Example]) -> Callable:
        """A function that measures an exported model; see `seqzoo.export.export_tflite`."""

    def augmented(self, examples: Sequence[Example], rng: np.random.Generator) -> Sequence[Example]:
        """The examples of an epoch; by default as they are."""
        return examples

    def rounds(self, examples: Sequence[Example]) -> int:
        """How often an epoch goes through the examples; by default once."""
        return 1


def training_of(model: str) -> ModelTraining:
    """The training of a model by its name in the registry."""
    return load_place(MODELS[model].training)()
