"""`seqzoo inspect`."""

from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.start import start_tensorflow


def inspect(
    file: Annotated[Path, typer.Argument(help="A .tflite file, or the folder of a SavedModel.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the contents of an exported file: signatures, operations, size, packed files."""
    start_tensorflow()
    from seqzoo.export.inspection import inspect

    found = inspect(file)
    if json:
        _print_json(found)
    else:
        _print(file, found)


def _print_json(found):
    import dataclasses
    import json

    print(json.dumps(dataclasses.asdict(found)))


def _print(path, found):
    from rich.console import Console
    from rich.table import Table

    table = Table("signature", "", "name", "type and shape", title=f"{found.kind}: {path}")
    for name, signature in found.signatures.items():
        for kind, tensors in signature.items():
            for key, spec in tensors.items():
                table.add_row(name, kind.removesuffix("s"), key, spec)
    Console().print(table)
    print(f"Size: {found.bytes / 1000:.0f} kB")
    print(f"Operations: {', '.join(found.operations)}")
    for name, size in found.files.items():
        print(f"Packed file: {name} ({size} bytes)")
