"""Training runs: from a recipe to a folder with a trained preset."""

import os
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from seqzoo.core.progress import note
from seqzoo.training.data.splits import Splits
from seqzoo.training.model_training import ModelTraining, training_of
from seqzoo.training.preset_tasks import check_network
from seqzoo.training.recipe import Recipe
from seqzoo.training.runs.averaging import averaging, fit_epoch, put_weights_back
from seqzoo.training.runs.callbacks import EpochBar, RunCheckpoint, Validation
from seqzoo.training.runs.determinism import deterministic_operations
from seqzoo.training.runs.fingerprint import fingerprint_of
from seqzoo.training.runs.folder import Progress, RunError, RunFolder
from seqzoo.training.runs.measured_split import training_run

__all__ = ["RunError", "train"]


@deterministic_operations()
def train(recipe: Recipe, folder: str | os.PathLike, overwrite: bool = False) -> Path:
    """Trains a model; an interrupted run is resumed.

    The folder receives `recipe.json`, `metrics.json`, `curves.png` and `preset/`, the weights
    with the best score on the validation split. A run that was killed at any moment and resumed
    ends with the same weights as an uninterrupted one: an epoch is a function of the recipe, its
    number and the weights before it.

    To this end, TensorFlow's deterministic operations are enabled during the run, and all seeds are
    set for the whole process.

    Args:
        recipe: The configuration of the run.
        folder: The run folder. A folder with another recipe is refused.
        overwrite: Whether to delete an older run in the folder first.

    Returns:
        The folder of the preset.

    Raises:
        RecipeError: If the recipe does not fit the model.
        RunError: If the folder holds another run, or something else.
        SeqzooError: If the data cannot be read.
    """
    training = training_of(recipe.model)
    recipe = recipe.completed(training.defaults())
    run = RunFolder(folder)
    run.check(recipe, overwrite)
    keras.utils.set_random_seed(recipe.seed)
    check_network(recipe, training.sizes())
    splits = load_splits(recipe, training)
    task = training.make_task(recipe, splits)
    compile_task(recipe, training, task, splits)
    run.begin(recipe, overwrite)
    data = fingerprint_of(recipe, training, splits)
    start = Progress(training.monitor, training.higher_is_better, data=data)
    progress = run.restore(task, start)
    task.training_runs = (*task.training_runs, training_run(recipe.data, training, splits))
    if progress.epoch and recipe.average:
        put_weights_back(task)
    if progress.is_finished(recipe):
        note(f"The run in {run.path} is finished: {progress.epoch} epochs.")
    elif progress.epoch:
        note(f"Going on after epoch {progress.epoch}.")
    _fit(recipe, training, task, splits, RunCheckpoint(run, progress, training.curves))
    return run.preset


def _fit(
    recipe: Recipe,
    training: ModelTraining,
    task: keras.Model,
    splits: Splits,
    checkpoint: RunCheckpoint,
) -> None:
    """Fits epoch by epoch, since augmented epochs differ in their number of batches.

    A single `fit` would use the number of batches in the first epoch for all (Keras 3.15).
    """
    validation = Validation(training, splits.validation, recipe.batch_size, recipe.epochs)
    with EpochBar(recipe.epochs) as bar:
        while not checkpoint.progress.is_finished(recipe):
            epoch = checkpoint.progress.epoch
            batches = _epoch_batches(recipe, training, task, splits, epoch + 1)
            fit_epoch(task, batches, epoch, [bar, validation, checkpoint])


def load_splits(recipe: Recipe, training: ModelTraining) -> Splits:
    """Loads all data of a recipe.

    Raises:
        RunError: If nothing is left to train or to validate on.
    """
    splits = training.load(recipe.data, recipe.reading)
    if not splits.train or not splits.validation:
        raise RunError(
            f"{', '.join(recipe.data)} leaves nothing to hold out: give data with at least two "
            f"different {training.examples}."
        )
    note(
        f"{len(splits.train)} {training.examples} to train on, {len(splits.validation)} to "
        f"validate, {len(splits.test)} to test."
    )
    if contents := training.contents(splits.train):
        note(contents)
    return splits


def _epoch_batches(
    recipe: Recipe, training: ModelTraining, task: keras.Model, splits: Splits, epoch: int
) -> tf.data.Dataset:
    """Returns the batches of an epoch, from 1, and seeds the dropout of the model by the epoch."""
    rng = np.random.default_rng([recipe.seed, epoch])
    examples = [
        example
        for _ in range(training.rounds(splits.train))
        for example in (training.augmented(splits.train, rng) if recipe.augment else splits.train)
    ]
    batches = training.batches(task, examples, recipe.batch_size, rng)
    _seed_dropout(task, rng)
    return batches


def compile_task(
    recipe: Recipe, training: ModelTraining, task: keras.Model, splits: Splits
) -> None:
    """Compiles with the optimizer of a recipe; its schedule counts steps of unaugmented epochs."""
    batches = training.batches(task, splits.train, recipe.batch_size)
    steps = training.rounds(splits.train) * int(batches.cardinality())
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate, decay_steps=recipe.epochs * steps
    )
    optimizer = task.default_optimizer(schedule)
    task.compile(
        optimizer=averaging(optimizer, steps) if recipe.average else optimizer, jit_compile=False
    )


def _seed_dropout(task, rng):
    """Seeds every random generator in the model by the epoch."""
    for variable in task.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(rng.integers(0, 2**32, 2, dtype="uint32"))
