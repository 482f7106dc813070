"""`seqzoo inspect`."""

import dataclasses
import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from seqzoo.cli.start import start_tensorflow


def run(path: Path, as_json: bool) -> None:
    """Prints what is in an exported file."""
    start_tensorflow()
    from seqzoo.export.inspection import inspect

    found = inspect(path)
    if as_json:
        print(json.dumps(dataclasses.asdict(found)))
        return
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
