"""The split of a data set that a model is evaluated on."""

from collections.abc import Sequence
from pathlib import Path

import keras

from seqzoo.core.progress import note
from seqzoo.training.data.splits import Splits
from seqzoo.training.model_training import ModelTraining
from seqzoo.zoo.presets.training_records import TrainingRun


def training_run(names: Sequence[str], training: ModelTraining, splits: Splits) -> TrainingRun:
    """Returns the record of a run for its preset; paths are recorded by their last component.

    Args:
        names: Data sets, files and folders.
        training: The training adapter of the model.
        splits: The data.
    """
    return TrainingRun(recorded_names(names), training.fingerprint(splits))


def recorded_names(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the names by which a preset records data sets, files and folders."""
    return tuple(Path(name).resolve().name for name in names)


def split_to_measure(
    task: keras.Model, training: ModelTraining, names: Sequence[str], splits: Splits
) -> str:
    """Returns `"test"` for the training data of a model, and `"all"` for other data.

    Args:
        task: The model.
        training: Its training adapter.
        names: The data sets, files and folders to measure it on.
        splits: Their examples.
    """
    given, runs = training_run(names, training, splits), task.training_runs
    listed = ", ".join(names)
    if any(given.fingerprint == run.fingerprint for run in runs):
        note(f"The model was trained on {listed}: only the test split is measured.")
        return "test"
    if any(set(given.data) & set(run.data) for run in runs):
        note(
            f"The model was trained on data of the name {listed}: only the test split is measured. "
            "Give --split all if this is other data."
        )
        return "test"
    if not runs:
        note(
            f"The model does not say what it was trained on: all of {listed} is measured. Give "
            "--split test if it was trained on that."
        )
    return "all"
