"""The part of a data set that a model is evaluated on."""

from collections.abc import Sequence
from pathlib import Path

import keras

from seqzoo.core.progress import note
from seqzoo.training.data.splits import Parts
from seqzoo.training.model_training import ModelTraining
from seqzoo.zoo.presets.training_records import TrainingRun


def training_run(names: Sequence[str], training: ModelTraining, parts: Parts) -> TrainingRun:
    """What a preset records of a run on some data; of a path, the last part only.

    Args:
        names: Data sets, files and folders.
        training: Of the model.
        parts: The data.
    """
    return TrainingRun(recorded_names(names), training.fingerprint(parts))


def recorded_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names that a preset records of data sets, files and folders."""
    return tuple(Path(name).resolve().name for name in names)


def part_to_measure(
    task: keras.Model, training: ModelTraining, names: Sequence[str], parts: Parts
) -> str:
    """The test part of what a model was trained on, and all of any other data.

    Args:
        task: The model.
        training: Its training.
        names: The data sets, files and folders to measure it on.
        parts: Their examples.
    """
    given, runs = training_run(names, training, parts), task.training_runs
    listed = ", ".join(names)
    if any(given.fingerprint == run.fingerprint for run in runs):
        note(f"The model was trained on {listed}: only the test part is measured.")
        return "test"
    if any(set(given.data) & set(run.data) for run in runs):
        note(
            f"The model was trained on data of the name {listed}: only the test part is measured. "
            "Give --part all if this is other data."
        )
        return "test"
    if not runs:
        note(
            f"The model does not say what it was trained on: all of {listed} is measured. Give "
            "--part test if it was trained on that."
        )
    return "all"
