"""`seqzoo evaluate`."""

import json
import sys
from pathlib import Path

from rich.console import Console

from seqzoo.cli.models import load_preset, model_name
from seqzoo.training.parts import check_part


def run(preset: str, data: list[str], part: str, as_json: bool, report: Path | None) -> None:
    """Evaluates, and prints the scores or JSON."""
    check_part(part)
    task = load_preset(preset)
    from seqzoo.training.model_training import training_of

    training = training_of(model_name(task))
    evaluation = training.evaluate(task, training.load(data), part)
    title = f"{preset}, {part} part of {', '.join(data)}"
    if report is not None:
        evaluation.write(report, title)
    if as_json:
        print(json.dumps(evaluation.scores()))
    else:
        # Lines of a report that are too long for the terminal are broken by it, or not at all.
        unbroken = {"no_wrap": True, "overflow": "ignore", "crop": False}
        Console(highlight=False).print(evaluation.show(title), **unbroken)
    if report is not None:
        print(f"Report: {report}", file=sys.stderr if as_json else None)
