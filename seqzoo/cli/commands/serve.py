"""`seqzoo serve`."""

import json
import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from seqzoo.cli.broken_pipe import print_now
from seqzoo.cli.start import start_tensorflow


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
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 chooses a free one.")
    ] = 8501,
    concurrency: Annotated[int, typer.Option(min=1, help="Maximum parallel predictions.")] = 4,
    queue: Annotated[
        int, typer.Option(min=0, help="Maximum waiting requests; further ones get a 503.")
    ] = 64,
    timeout: Annotated[
        float, typer.Option(min=0.001, help="Seconds to wait and compute; then a 504.")
    ] = 30.0,
    max_request_mb: Annotated[
        int, typer.Option(min=1, help="Maximum MiB per request, compressed or not; else a 413.")
    ] = 16,
    max_tokens: Annotated[
        int, typer.Option(min=1, help="Maximum tokens (integers, bytes of text) per request.")
    ] = 2**18,
    max_megapixels: Annotated[
        int, typer.Option(min=1, help="Maximum megapixels per request, in all its pictures.")
    ] = 80,
    max_memory_mb: Annotated[
        int,
        typer.Option(min=64, help="Memory in MiB for all requests together, beside the models."),
    ] = 4096,
) -> None:
    """Try exported models: TF Serving's REST API on this machine, and a page in the browser."""
    from seqzoo.serving.limits import Limits

    limits = Limits(
        concurrency,
        queue,
        timeout,
        body_bytes=max_request_mb * 2**20,
        tokens=max_tokens,
        pixels=max_megapixels * 10**6,
        memory_bytes=max_memory_mb * 2**20,
    )
    start_tensorflow()
    from seqzoo.serving import load_models, serve

    loaded = load_models(models)
    running = serve(loaded, host, port, limits, lambda url: _say_where(loaded, url))
    print_now("Stopped.")
    if running:
        # A normal exit would wait for operations that cannot be cancelled.
        os._exit(0)


def _say_where(models, url):
    from seqzoo.serving.examples import example_request, ordered_signatures

    for name, versions in models.items():
        model = versions[max(versions)]
        first, *_ = ordered_signatures(model)
        request = json.dumps(example_request(model, first))
        print_now(
            f"curl -d {shlex.quote(request)} {shlex.quote(f'{url}/v1/models/{name}:predict')}"
        )
    print_now(f"In a browser: {url}/")
    print_now("Ctrl-C stops the server. For production there is TF Serving.")
