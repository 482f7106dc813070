"""`seqzoo evaluate`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqzoo.cli.commands.arguments import (
    MUSIC,
    NOTES,
    Columns,
    Data,
    Preset,
    Scheme,
    Split,
    reading_of,
)
from seqzoo.cli.models import load_preset, model_name
from seqzoo.core.errors import SeqzooError, UsageError
from seqzoo.training.data.published import DATA_SETS
from seqzoo.training.data.splits import Splits, check_split, split_of

if TYPE_CHECKING:
    from seqzoo.training.data.training_data import TrainingData
    from seqzoo.training.evaluation import Evaluation
    from seqzoo.training.model_training import ModelTraining


def evaluate(
    preset: Preset,
    data: Data,
    split: Split = None,
    columns: Columns = None,
    scheme: Scheme = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for a report: errors of a tagger, pictures of a captioner."),
    ] = None,
    compose: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Number of pieces to compose and compare with the data: musical statistics, and "
            "the longest run of notes copied from the training pieces.",
            rich_help_panel=NOTES,
        ),
    ] = None,
    baseline_data: Annotated[
        list[str] | None,
        typer.Option(
            help="Training data of the preset, for baselines; by default the data that its files "
            "record. Repeatable.",
            rich_help_panel=MUSIC,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of --compose.", rich_help_panel=NOTES)
    ] = 0,
) -> None:
    """Measure a model on data that it was not trained on.

    This is the test split of its training data, and all of any other data.
    """
    if split is not None:
        check_split(split)
    task = load_preset(preset)
    from seqzoo.training.model_training import training_of
    from seqzoo.training.runs.measured_split import split_to_measure

    training = training_of(model_name(task))
    if baseline_data and not training.counts_baselines:
        raise UsageError("This kind of model counts no baselines: leave out --baseline-data.")
    if compose is not None and not training.composes:
        raise UsageError("This kind of model composes nothing: leave out --compose.")
    splits = training.load(data, reading_of(columns, scheme))
    if split is None:
        split = "test" if compose else split_to_measure(task, training, data, splits)
    known = {}
    if training.counts_baselines:
        known = {"training_data": _training_data(task, training, baseline_data or [], data, splits)}
    evaluation = training.evaluate(task, splits, split, **known)
    compositions = None
    title = f"{preset}, {_measured(training, splits, split)} of {', '.join(data)}"
    if report is not None:
        evaluation.write(report, title)
    if compose is not None:
        compositions = training.compositions(task, splits, split, compose, seed, **known)
    if json:
        more = {} if compositions is None else {"compositions": compositions.scores()}
        print(dumps(evaluation.scores() | more))
    else:
        _print(title, evaluation, compositions)
    if report is not None:
        print(f"Report: {report}", file=sys.stderr if json else None)


def _print(title: str, *evaluations: Evaluation | None) -> None:
    from rich.console import Console

    from seqzoo.cli.control_characters import WithoutControls

    console = Console(highlight=False)
    for each in filter(None, evaluations):
        shown = WithoutControls(each.show(title))
        # Long lines of a report are left to the terminal to wrap.
        console.print(shown, no_wrap=True, overflow="ignore", crop=False)


def _training_data(
    task: Any,
    training: ModelTraining,
    baseline_data: Sequence[str],
    data: Sequence[str],
    splits: Splits,
) -> TrainingData | None:
    """Returns the data for baselines: named by the user or recorded in the preset; else `None`.

    Only published data is loaded by its record: that of an untrusted preset may name any folder.
    """
    from seqzoo.core.progress import note
    from seqzoo.training.data.training_data import TrainingData
    from seqzoo.training.runs.measured_split import recorded_names

    if baseline_data:
        return TrainingData(tuple(baseline_data), training.load(baseline_data).train)
    if not task.training_runs or not task.training_runs[-1].data:
        return None
    last_run = task.training_runs[-1]
    names = last_run.data
    published, listed = DATA_SETS.keys(), ", ".join(names)
    is_called_so = set(names) == set(recorded_names(data))
    is_same = set(data) <= published or last_run.fingerprint in ("", training.fingerprint(splits))
    if is_called_so and is_same:
        return TrainingData(names, splits.train)
    if not set(names) <= published:
        other = "other data of the name " if is_called_so else ""
        note(
            f"The model was trained on {other}{listed}: for baselines, name that by "
            "--baseline-data."
        )
        return None
    try:
        return TrainingData(names, training.load(names).train)
    except SeqzooError as error:
        note(f"The training data, {listed}, cannot be loaded. {error}")
        return None


def _measured(training: ModelTraining, splits: Splits, split: str) -> str:
    """Returns a phrase for the amount of measured data."""
    count, whole = len(split_of(splits, split)), len(split_of(splits, "all"))
    if split == "all":
        return f"all {count} {training.examples}"
    return f"{count} of {whole} {training.examples}, the {split} split"
