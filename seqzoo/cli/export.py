"""`seqzoo export`."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqzoo.cli.models import load_preset


def run(preset: Path, name: str, out: Path, version: int | None) -> None:
    """Exports, and prints the table of differences."""
    task = load_preset(preset)
    from seqzoo.export.exporter import export
    from seqzoo.export.parity import TOLERANCE

    result = export(task, name, out, version)
    table = Table(title=f"Largest difference from Keras (tolerance {TOLERANCE:g}; integers equal)")
    for column in ("signature", "output", "runtime", "inputs", "difference"):
        table.add_column(column, justify="right" if column == "difference" else "left")
    for c in result.report.comparisons:
        table.add_row(c.signature, c.output, c.runtime, str(c.examples), f"{c.difference:.1e}")
    console = Console()
    console.print(table)
    print(f"SavedModel for TF Serving: {result.folder}")
    print(f"TFLite file: {result.tflite_file} ({_kilobytes(result.tflite_file)} kB)")
    print(f"Parity report: {result.report_file}")


def _kilobytes(path):
    return round(path.stat().st_size / 1000)
