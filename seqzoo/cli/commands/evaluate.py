"""The arguments of `seqzoo evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.commands.arguments import NOTES, Data, Part, Preset


def evaluate(
    preset: Preset,
    data: Data,
    part: Part = "test",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(help="Folder for a report: errors of a tagger, pictures of a captioner."),
    ] = None,
    compose: Annotated[
        int | None,
        typer.Option(
            min=2,
            help="Compose so many pieces, and compare them with the data: musical statistics, and "
            "the longest copied run of notes.",
            rich_help_panel=NOTES,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Of --compose.", rich_help_panel=NOTES)
    ] = 0,
) -> None:
    """Measure a model on data that it has not seen."""
    from seqzoo.cli.evaluate import run

    run(preset, data, part, json, report, compose, seed)
