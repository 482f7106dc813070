"""A training run: from a recipe to a folder with a trained preset."""

import math
import os
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from seqzoo.training.curves import draw_curves
from seqzoo.training.fingerprint import fingerprint_of
from seqzoo.training.model_training import ModelTraining, training_of
from seqzoo.training.parts import Parts
from seqzoo.training.preset_tasks import check_network
from seqzoo.training.progress import note, progress_bar
from seqzoo.training.recipe import Recipe
from seqzoo.training.run_folder import Progress, RunError, RunFolder

__all__ = ["RunError", "train"]


def train(recipe: Recipe, folder: str | os.PathLike, overwrite: bool = False) -> Path:
    """Trains a model; a run that was interrupted goes on where it stopped.

    The folder receives `recipe.json`, `metrics.json`, `curves.png` and `preset/`, the weights
    with the best score on the validation part. A run that was killed at any moment and started
    again ends with the same weights as one that was not: an epoch is a function of the recipe,
    its number and the weights before it.

    For that, TensorFlow's deterministic operations are switched on and all seeds are set, for the
    whole process.

    Args:
        recipe: What to train.
        folder: The run folder. A folder with another recipe is refused.
        overwrite: Whether an older run in the folder is thrown away first.

    Returns:
        The folder of the preset.

    Raises:
        RecipeError: If the recipe does not fit the model.
        RunError: If the folder holds another run, or something else.
        SeqzooError: If the data cannot be read.
    """
    run = RunFolder(folder)
    run.check(recipe, overwrite)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(recipe.seed)
    training = training_of(recipe.model)
    check_network(recipe, training.sizes())
    parts = load_parts(recipe, training)
    task = training.make_task(recipe, parts)
    compile_task(recipe, training, task, parts)
    run.begin(recipe, overwrite)
    data = fingerprint_of(recipe, training, parts)
    start = Progress(training.monitor, training.higher_is_better, data=data)
    progress = run.restore(task, start)
    if _finished(recipe, progress):
        note(f"The run in {run.path} is finished: {progress.epoch} epochs.")
    elif progress.epoch:
        note(f"Going on after epoch {progress.epoch}.")
    if progress.epoch:
        # A kill may have come between the metrics and the picture.
        draw_curves(progress.history, training.curves, run.path / "curves.png")
    while not _finished(recipe, progress):
        progress = progress.after(_train_epoch(recipe, training, task, parts, progress.epoch + 1))
        _check_loss(progress)
        if progress.best_epoch == progress.epoch:
            task.save_to_preset(run.preset)
        run.save(task, progress)
        draw_curves(progress.history, training.curves, run.path / "curves.png")
    return run.preset


def _check_loss(progress):
    score = progress.history[-1][progress.monitor]
    loss = progress.history[-1]["loss"]
    if not (math.isfinite(score) and math.isfinite(loss)):
        raise RunError(
            f"The loss is {loss} after epoch {progress.epoch}: the training has diverged, give a "
            "lower --learning-rate."
        )


def load_parts(recipe: Recipe, training: ModelTraining) -> Parts:
    """Loads all data of a recipe.

    Raises:
        RunError: If nothing is left to train or to validate on.
    """
    parts = training.load(recipe.data)
    if not parts.train or not parts.validation:
        raise RunError(
            f"{', '.join(recipe.data)} leaves nothing to hold out: give data with at least two "
            f"different {training.examples}."
        )
    note(
        f"{len(parts.train)} {training.examples} to train on, {len(parts.validation)} to "
        f"validate, {len(parts.test)} to test."
    )
    return parts


def _train_epoch(recipe, training, task, parts, epoch) -> dict[str, float]:
    rng = np.random.default_rng([recipe.seed, epoch])
    examples = [
        example
        for _ in range(training.rounds(parts.train))
        for example in (training.augmented(parts.train, rng) if recipe.augment else parts.train)
    ]
    batches = training.batches(task, examples, recipe.batch_size, rng)
    _seed_dropout(task, rng)
    label, start = f"Epoch {epoch}/{recipe.epochs}", time.monotonic()
    with progress_bar(label, int(batches.cardinality())) as advance:
        each_step = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: advance())
        history = task.fit(batches, shuffle=False, verbose=0, callbacks=[each_step]).history
    held_out = training.measure(task, parts.validation, recipe.batch_size)
    logs = {name: float(values[-1]) for name, values in history.items()}
    logs |= {f"val_{name}": float(value) for name, value in held_out.items()}
    note(f"{label}: {training.epoch_summary(logs)} ({time.monotonic() - start:.0f} s)")
    return logs


def compile_task(recipe: Recipe, training: ModelTraining, task, parts: Parts) -> None:
    """Sets the optimizer of a recipe; its schedule counts the steps of unaugmented epochs."""
    batches = training.batches(task, parts.train, recipe.batch_size)
    steps = training.rounds(parts.train) * int(batches.cardinality())
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate, decay_steps=recipe.epochs * steps
    )
    task.compile(optimizer=training.optimizer(schedule), jit_compile=False)


def _seed_dropout(task, rng):
    """Gives every source of randomness in the model a state that the epoch alone decides."""
    for variable in task.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(rng.integers(0, 2**32, 2, dtype="uint32"))


def _finished(recipe, progress):
    return (
        progress.epoch >= recipe.epochs or progress.epoch - progress.best_epoch >= recipe.patience
    )
