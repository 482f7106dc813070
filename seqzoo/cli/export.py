"""`seqzoo export`."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqzoo.cli.models import load_model, model_name
from seqzoo.errors import UsageError
from seqzoo.training.parts import check_part, part_of
from seqzoo.zoo.base.preset_hubs import preset_folder


def run(
    model_path: str,
    name: str | None,
    out: Path,
    saved_model: bool,
    tflite: bool,
    quantize: str | None,
    version: int | None,
    data: list[str],
    part: str,
) -> None:
    """Exports, and prints what each file answers, costs and is made of."""
    saved_model, tflite = (saved_model, tflite) if saved_model or tflite else (True, True)
    if quantize not in (None, "float16", "int8"):
        raise UsageError(f"--quantize must be float16 or int8, not {quantize!r}.")
    if quantize and not tflite:
        raise UsageError("--quantize is for TFLite files: add --tflite.")
    if data and not quantize:
        raise UsageError("--data measures what --quantize costs: add --quantize int8.")
    if data and model_path.endswith(".keras"):
        raise UsageError("--data is for presets: a .keras file does not say how to measure it.")
    check_part(part)
    model = load_model(model_path)
    from seqzoo.export.bundle.writer import check_name
    from seqzoo.export.saved_model import export_saved_model
    from seqzoo.export.tflite import export_tflite

    name = name or _name_of(model_path)
    check_name(name)
    accuracy = _accuracy(model, data, part) if data else None
    console = Console()
    if saved_model:
        done = export_saved_model(model, out / name, version=version)
        _show(console, f"SavedModel for TF Serving: {done.path}", done, part)
    if tflite:
        suffix = f"-{quantize}" if quantize else ""
        path = out / f"{name}{suffix}.tflite"
        done = export_tflite(model, path, quantize=quantize, accuracy=accuracy)
        _show(console, f"TFLite file: {done.path}", done, part)


def _name_of(model_path):
    """What to call a model: its file or folder, but a run's `preset` after the run."""
    path = preset_folder(model_path)[0].resolve()
    if path.is_dir():
        return path.parent.name if path.name == "preset" else path.name
    return path.stem


def _accuracy(model, data, part):
    from seqzoo.training.model_training import training_of

    training = training_of(model_name(model))
    return training.through_signature(model, part_of(training.load(data), part))


def _show(console, headline, done, part):
    report = done.report
    console.print(_differences(report))
    console.print(_latencies(report))
    for runtime, scores in report.accuracy.items():
        for name, score in scores.items():
            print(f"{name} on the {part} part, {runtime}: {score:.4f}")
    (artifact,) = report.artifacts
    print(f"{headline} ({artifact.bytes / 1000:.0f} kB, {len(artifact.operations)} operations)")
    print(f"Parity report: {done.report_file}")


def _differences(report):
    table = Table(title="Largest difference from Keras")
    for column in ("signature", "output", "runtime", "inputs", "difference", "allowed"):
        justify = "right" if column in ("difference", "allowed") else "left"
        table.add_column(column, justify=justify)
    for c in report.comparisons:
        allowed = "any" if c.tolerance is None else f"{c.tolerance:g}"
        row = (c.signature, c.output, c.runtime, str(c.examples), f"{c.difference:.1e}", allowed)
        table.add_row(*row)
    return table


def _latencies(report):
    table = Table(title="Milliseconds of a call")
    for column in ("signature", "runtime", "median", "99 %"):
        table.add_column(column, justify="right" if column in ("median", "99 %") else "left")
    for latency in report.latencies:
        row = (latency.signature, latency.runtime, f"{latency.p50:.3f}", f"{latency.p99:.3f}")
        table.add_row(*row)
    return table
