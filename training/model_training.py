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
    """Data, batches and metrics of one model.

    Attributes:
        data_sets: The data sets that the model can be trained on.
        task_class: The class of the model.
        epochs: Default of `Recipe.epochs`.
        batch_size: Default of `Recipe.batch_size`.
        patience: Default of `Recipe.patience`.
        augment: Default of `Recipe.augment`.
        average: Default of `Recipe.average`.
        monitor: The validation metric by which weights are chosen.
        higher_is_better: Whether a higher metric is better.
        curves: The diagrams of a run.
        files: Names in the `network` of a recipe whose values are files.
        counts_baselines: Whether `evaluate` and `compositions` take `training_data` for baselines.
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
    average: bool = False

    @property
    def examples(self) -> str:
        """Plural noun for the examples, for messages."""
        return self.data_sets.examples

    def defaults(self) -> dict[str, object]:
        """Returns the model's defaults of recipes: values by the fields of `Recipe`."""
        return {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.task_class.default_learning_rate,
            "patience": self.patience,
            "augment": self.augment,
            "average": self.average,
        }

    def load(
        self, names: Iterable[str], reading: Mapping[str, str] | None = None
    ) -> Splits[Example]:
        """Loads data sets by name, and the user's own files, as one.

        Args:
            names: Data sets and paths.
            reading: Format details that the files lack, such as their columns.

        Raises:
            UsageError: If this kind of data takes no such details.
            SeqzooError: If a name is unknown, or a file cannot be read.
        """
        reading = reading or {}
        # A recipe may contain the names of other arguments of `load_all`.
        self.data_sets.check_reading(reading)
        return self.data_sets.load_all(names, **reading)

    def contents(self, examples: Sequence[Example]) -> str:
        """Returns a description of the training split beside its size; empty by default."""
        return ""

    @abstractmethod
    def sizes(self) -> dict[str, object]:
        """Returns the valid keys of the `network` of a recipe, with their defaults."""

    @abstractmethod
    def make_task(self, recipe: Recipe, splits: Splits[Example]) -> keras.Model:
        """Makes the model of a recipe, untrained or from its `init`.

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
        """Returns training batches, in the order of the examples or shuffled by `rng`."""

    @abstractmethod
    def measure(
        self, task: keras.Model, examples: Sequence[Example], batch_size: int
    ) -> dict[str, float]:
        """Returns the metrics of held-out examples.

        They include `loss`, and the metric that becomes `monitor` with the prefix `val_`.
        """

    @abstractmethod
    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """Returns the message after an epoch."""

    @abstractmethod
    def fingerprint(self, splits: Splits[Example]) -> str:
        """Returns a hash of all examples and their splits."""

    @abstractmethod
    def evaluate(self, task: keras.Model, splits: Splits[Example], split: str) -> Evaluation:
        """Measures a model on a split.

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
        """Compares compositions of the model with a split and with its training data.

        Args:
            task: The model.
            splits: The data.
            split: A split that the model was not trained on.
            count: The number of pieces to compose.
            seed: The random seed.
            training_data: The training data of the model, if it is known.

        Raises:
            UsageError: If the split is empty.
        """
        raise NotImplementedError(f"{type(self).__name__} composes nothing.")

    @abstractmethod
    def score_exported(self, task: keras.Model, examples: Sequence[Example]) -> Callable:
        """Returns a function that measures an exported model; see `seqzoo.export.export_tflite`."""

    def augmented(self, examples: Sequence[Example], rng: np.random.Generator) -> Sequence[Example]:
        """Returns the augmented examples of an epoch; by default, the examples themselves."""
        return examples

    def rounds(self, examples: Sequence[Example]) -> int:
        """Returns the number of passes over the examples in an epoch; by default one."""
        return 1


def training_of(model: str) -> ModelTraining:
    """Returns the training adapter of a model by its name in the registry."""
    return load_place(MODELS[model].training)()
