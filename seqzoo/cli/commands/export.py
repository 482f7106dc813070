"""`seqzoo export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqzoo.cli.commands.arguments import Columns, Scheme, Split, reading_of
from seqzoo.cli.models import load_model, model_name
from seqzoo.core.errors import UsageError

if TYPE_CHECKING:
    import numpy as np


def export(
    model: Annotated[
        str, typer.Argument(help="A preset of `seqzoo list`, the folder of one, or a .keras file.")
    ],
    name: Annotated[
        str | None, typer.Option(help="Name to serve the model under; by default the model's own.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder of the exported models.")] = Path(
        "saved_models"
    ),
    saved_model: Annotated[
        bool, typer.Option("--saved-model", help="For TF Serving. By default, both formats.")
    ] = False,
    tflite: Annotated[bool, typer.Option("--tflite", help="For TFLite's interpreter.")] = False,
    quantize: Annotated[
        str | None, typer.Option(help="Type of the TFLite file's weights: float16 or int8.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="Version of the SavedModel; by default the next one.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Data to measure the accuracy after quantization; see `seqzoo list`."),
    ] = None,
    split: Split = "test",
    columns: Columns = None,
    scheme: Scheme = None,
    examples: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE.npz",
            help="An .npz file to compare the runtimes on, for a .keras file: an array for each "
            "input, under its name. Repeatable; by default random inputs.",
        ),
    ] = None,
) -> None:
    """Export for TF Serving and TFLite, and check that both reproduce the model's outputs."""
    saved_model, tflite = (saved_model, tflite) if saved_model or tflite else (True, True)
    data, split, example_files = data or [], split or "test", examples or []
    _check(model, tflite, quantize, data, example_files)
    from rich.console import Console

    from seqzoo.training.data.splits import check_split

    check_split(split)
    inputs = [read_example(file) for file in example_files] or None
    loaded = load_model(model)
    from seqzoo.export.saved_model.bundle.writer import check_name
    from seqzoo.export.saved_model.export import export_saved_model
    from seqzoo.export.tflite.export import export_tflite

    name = name or _name_of(model)
    check_name(name)
    accuracy = _accuracy(loaded, data, split, reading_of(columns, scheme)) if data else None
    console = Console()
    if saved_model:
        done = export_saved_model(loaded, out / name, version=version, examples=inputs)
        _show(console, f"SavedModel for TF Serving: {done.path}", done, split)
    if tflite:
        suffix = f"-{quantize}" if quantize else ""
        path = out / f"{name}{suffix}.tflite"
        done = export_tflite(loaded, path, quantize=quantize, accuracy=accuracy, examples=inputs)
        _show(console, f"TFLite file: {done.path}", done, split)


def _check(model, tflite, quantize, data, example_files):
    if quantize not in (None, "float16", "int8"):
        raise UsageError(f"--quantize must be float16 or int8, not {quantize!r}.")
    if quantize and not tflite:
        raise UsageError("--quantize is for TFLite files: add --tflite.")
    if data and not quantize:
        raise UsageError("--data measures what --quantize costs: add --quantize int8.")
    if data and model.endswith(".keras"):
        raise UsageError("--data is for presets: a .keras file does not say how to measure it.")
    if example_files and not model.endswith(".keras"):
        raise UsageError("--examples is for .keras files: a preset brings its own.")


def read_example(file: Path) -> dict[str, np.ndarray]:
    """Reads the arrays of an `.npz` file by name, one for each input of a model.

    Raises:
        UsageError: If the file cannot be read.
    """
    from zipfile import BadZipFile

    import numpy as np

    try:
        # Without pickles, which could run arbitrary code.
        with np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, TypeError, AttributeError, BadZipFile) as error:
        raise UsageError(
            f"{file} cannot be read as an example ({error}): give a file of "
            "numpy.savez(file, <input>=<array>, ...)."
        ) from error


def _name_of(model_path):
    """Returns the name of a model's file or folder; for a run's `preset`, that of the run."""
    from seqzoo.zoo.presets.hubs import preset_folder

    path = preset_folder(model_path)[0].resolve()
    if path.is_dir():
        return path.parent.name if path.name == "preset" else path.name
    return path.stem


def _accuracy(model, data, split, reading):
    from seqzoo.training.data.splits import split_of
    from seqzoo.training.model_training import training_of

    training = training_of(model_name(model))
    return training.score_exported(model, split_of(training.load(data, reading), split))


def _show(console, headline, done, split):
    report = done.report
    console.print(_differences(report))
    console.print(_latencies(report))
    for runtime, scores in report.accuracy.items():
        for name, score in scores.items():
            print(f"{name} on the {split} split, {runtime}: {score:.4f}")
    (artifact,) = report.artifacts
    print(f"{headline} ({artifact.bytes / 1000:.0f} kB, {len(artifact.operations)} operations)")
    print(f"Parity report: {done.report_file}")


def _differences(report):
    from rich.table import Table

    table = Table(title="Largest difference from Keras")
    for column in ("signature", "output", "runtime", "inputs", "difference", "allowed"):
        table.add_column(column, justify="right" if column in ("difference", "allowed") else "left")
    for c in report.comparisons:
        allowed = "any" if c.tolerance is None else f"{c.tolerance:g}"
        row = (c.signature, c.output, c.runtime, str(c.examples), f"{c.difference:.1e}", allowed)
        table.add_row(*row)
    return table


def _latencies(report):
    from rich.table import Table

    table = Table(title="Milliseconds of a call")
    for column in ("signature", "runtime", "median", "99 %"):
        table.add_column(column, justify="right" if column in ("median", "99 %") else "left")
    for latency in report.latencies:
        row = (latency.signature, latency.runtime, f"{latency.p50:.3f}", f"{latency.p99:.3f}")
        table.add_row(*row)
    return table
