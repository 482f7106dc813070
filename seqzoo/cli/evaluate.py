"""`seqzoo evaluate`."""

import json
import sys
from pathlib import Path

from rich.console import Console

from seqzoo.cli.control_characters import WithoutControls
from seqzoo.cli.models import load_preset, model_name
from seqzoo.training.parts import check_part


def run(
    preset: str,
    data: list[str],
    part: str,
    as_json: bool,
    report: Path | None,
    compose: int | None = None,
    seed: int = 0,
) -> None:
    """Evaluates, and prints the scores or JSON."""
    check_part(part)
    task = load_preset(preset)
    from seqzoo.training.model_training import training_of

    training = training_of(model_name(task))
    parts = training.load(data)
    evaluation = training.evaluate(task, parts, part)
    compositions = None
    title = f"{preset}, {part} part of {', '.join(data)}"
    if report is not None:
        evaluation.write(report, title)
    if compose is not None:
        compositions = training.compositions(task, parts, part, compose, seed)
    if as_json:
        more = {} if compositions is None else {"compositions": compositions.scores()}
        print(json.dumps(evaluation.scores() | more))
    else:
        # Lines of a report that are too long for the terminal are broken by it, or not at all.
        unbroken = {"no_wrap": True, "overflow": "ignore", "crop": False}
        console = Console(highlight=False)
        for each in filter(None, (evaluation, compositions)):
            console.print(WithoutControls(each.show(title)), **unbroken)
    if report is not None:
        print(f"Report: {report}", file=sys.stderr if as_json else None)
