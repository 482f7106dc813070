"""The arguments of `seqzoo serve`."""

from pathlib import Path
from typing import Annotated

import typer


def serve(
    models: Annotated[
        list[Path],
        typer.Argument(
            metavar="MODEL",
            help="Folders of exported models, such as saved_models/notes (its newest version) or "
            "saved_models/notes/1.",
        ),
    ],
    host: Annotated[
        str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8501,
    concurrency: Annotated[int, typer.Option(min=1, help="Most predictions at once.")] = 4,
    queue: Annotated[
        int, typer.Option(min=0, help="Most requests that wait; further ones get a 503.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds to wait and compute; after them a 504.")
    ] = 30.0,
    max_request_mb: Annotated[
        int, typer.Option(min=1, help="Largest request in MiB, packed or not; above it a 413.")
    ] = 16,
) -> None:
    """Try exported models: TF Serving's REST API on this machine, and a page in the browser."""
    from seqzoo.cli.serve import run

    run(models, host, port, concurrency, queue, timeout, max_request_mb)
