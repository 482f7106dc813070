"""`seqzoo evaluate`."""

import dataclasses
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqzoo.cli.models import load_preset
from seqzoo.errors import UsageError

_PARTS = ("train", "validation", "test")


def run(preset: Path, data, part: str, as_json: bool) -> None:
    """Evaluates, and prints a table or JSON."""
    if part not in _PARTS:
        raise UsageError(f"There is no part {part!r}: the parts are {', '.join(_PARTS)}.")
    task = load_preset(preset)
    from seqzoo.training.datasets import load_all
    from seqzoo.training.evaluation import evaluate

    result = evaluate(task, load_all(data), part)
    if as_json:
        print(json.dumps(dataclasses.asdict(result)))
        return
    table = Table(
        "model",
        "nats per event",
        title=f"Negative log-likelihood, {result.part} part: {result.pieces} pieces, "
        f"{result.events} events",
    )
    for name in ("unigram", "bigram", "model"):
        table.add_row(name if name != "model" else str(preset), f"{getattr(result, name):.3f}")
    Console().print(table)
