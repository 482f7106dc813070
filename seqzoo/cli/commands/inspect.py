"""The arguments of `seqzoo inspect`."""

from pathlib import Path
from typing import Annotated

import typer


def inspect(
    file: Annotated[Path, typer.Argument(help="A .tflite file, or the folder of a SavedModel.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what is in an exported file: signatures, operations, size, packed files."""
    from seqzoo.cli.inspect import run

    run(file, json)
