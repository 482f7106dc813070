"""The arguments of `seqzoo export`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.commands.arguments import Part


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
        bool, typer.Option("--saved-model", help="For TF Serving. Without either, both.")
    ] = False,
    tflite: Annotated[bool, typer.Option("--tflite", help="For TFLite's interpreter.")] = False,
    quantize: Annotated[
        str | None, typer.Option(help="Weights of the TFLite file: float16 or int8.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="Of the SavedModel; by default the one after the last.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(help="Data to measure on what quantizing costs; see `seqzoo list`."),
    ] = None,
    part: Part = "test",
) -> None:
    """Export for TF Serving and TFLite, and prove that both give the model's answers."""
    from seqzoo.cli.export import run

    run(model, name, out, saved_model, tflite, quantize, version, data or [], part)
