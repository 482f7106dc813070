"""A training run: from a recipe to a folder with a trained preset."""

import math
import os
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from seqzoo import zoo
from seqzoo.training.curves import draw_curves
from seqzoo.training.datasets import load_all
from seqzoo.training.pieces import Parts
from seqzoo.training.progress import note, progress_bar
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.training.run_folder import Progress, RunError, RunFolder
from seqzoo.training.transposition import transpose_at_random
from seqzoo.zoo.base.window_preprocessor import window_arrays

__all__ = ["RunError", "train"]


def train(recipe: Recipe, folder: str | os.PathLike, overwrite: bool = False) -> Path:
    """Trains a model; a run that was interrupted goes on where it stopped.

    The folder receives `recipe.json`, `metrics.json`, `curves.png` and `preset/`, the weights
    with the best likelihood of the validation part. A run that was killed at any moment and started
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
        ScoreError: If the data cannot be read, or leaves nothing to validate on.
    """
    run = RunFolder(folder)
    run.check(recipe, overwrite)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(recipe.seed)
    task = make_task(recipe)
    parts = load_parts(recipe)
    compile_task(recipe, task, parts)
    run.begin(recipe, overwrite)
    progress = run.restore(task, parts.fingerprint())
    if _finished(recipe, progress):
        note(f"The run in {run.path} is finished: {progress.epoch} epochs.")
    elif progress.epoch:
        note(f"Going on after epoch {progress.epoch}.")
    validation = batches(task, parts.validation, recipe.batch_size)
    if progress.epoch:
        # A kill may have come between the metrics and the picture.
        draw_curves(progress.history, run.path / "curves.png")
    while not _finished(recipe, progress):
        progress = _train_epoch(recipe, task, parts, validation, progress)
        _check_loss(progress)
        if progress.best_epoch == progress.epoch:
            task.save_to_preset(run.preset)
        run.save(task, progress)
        draw_curves(progress.history, run.path / "curves.png")
    return run.preset


def _check_loss(progress):
    loss = progress.history[-1]["val_nats_per_token"]
    if not math.isfinite(loss):
        raise RunError(
            f"The loss is {loss} after epoch {progress.epoch}: the training has diverged, give a "
            "lower --learning-rate."
        )


def load_parts(recipe: Recipe) -> Parts:
    """Loads all data of a recipe.

    Raises:
        RunError: If no piece is left to validate on.
    """
    parts = load_all(recipe.data)
    if not parts.validation:
        raise RunError(
            f"{', '.join(recipe.data)} leaves no piece to hold out: give data with at least two "
            "different pieces."
        )
    note(
        f"{len(parts.train)} pieces to train on, {len(parts.validation)} to validate, "
        f"{len(parts.test)} to test."
    )
    return parts


def make_task(recipe: Recipe):
    """The untrained model of a recipe.

    Raises:
        RecipeError: If `network` does not fit the model.
    """
    model = getattr(zoo, zoo.MODELS[recipe.model])
    try:
        return model.from_sizes(**recipe.network)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"The network of the recipe does not fit: {error}") from error


def batches(task, pieces, batch_size: int, rng: np.random.Generator | None = None):
    """Windows of pieces in batches, in their order or in one drawn by `rng`."""
    sequences = task.preprocessor.token_ids([piece.midi for piece in pieces])
    arrays = window_arrays(sequences, task.preprocessor.sequence_length)
    if rng is not None:
        order = rng.permutation(len(arrays[1]))
        arrays = tf.nest.map_structure(lambda array: array[order], arrays)
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


def _train_epoch(recipe, task, parts, validation, progress) -> Progress:
    epoch = progress.epoch + 1
    rng = np.random.default_rng([recipe.seed, epoch])
    pieces = transpose_at_random(parts.train, rng) if recipe.augment else parts.train
    training = batches(task, pieces, recipe.batch_size, rng)
    _seed_dropout(task, rng)
    label, start = f"Epoch {epoch}/{recipe.epochs}", time.monotonic()
    with progress_bar(label, int(training.cardinality())) as advance:
        each_step = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: advance())
        history = task.fit(
            training, validation_data=validation, shuffle=False, verbose=0, callbacks=[each_step]
        ).history
    logs = {name: float(values[-1]) for name, values in history.items()}
    note(
        f"{label}: {logs['nats_per_token']:.4f} nats per event, "
        f"{logs['val_nats_per_token']:.4f} on held-out pieces ({time.monotonic() - start:.0f} s)"
    )
    return progress.after(logs)


def compile_task(recipe: Recipe, task, parts: Parts) -> None:
    """Sets the optimizer of a recipe; an epoch has as many steps in any keys of the pieces."""
    steps = int(batches(task, parts.train, recipe.batch_size).cardinality())
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate, decay_steps=recipe.epochs * steps
    )
    task.compile(optimizer=keras.optimizers.Adam(schedule, clipnorm=1.0), jit_compile=False)


def _seed_dropout(task, rng):
    """Gives every source of randomness in the model a state that the epoch alone decides."""
    for variable in task.variables:
        if variable.path.endswith("seed_generator_state"):
            variable.assign(rng.integers(0, 2**32, 2, dtype="uint32"))


def _finished(recipe, progress):
    return (
        progress.epoch >= recipe.epochs or progress.epoch - progress.best_epoch >= recipe.patience
    )
