"""`seqzoo serve`."""

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from seqzoo.cli.start import start_tensorflow


def run(
    models: Sequence[Path],
    host: str,
    port: int,
    concurrency: int,
    queue: int,
    timeout: float,
    max_request_mb: int,
) -> None:
    """Serves exported models until Ctrl-C, and says where."""
    start_tensorflow()
    from seqzoo.export.serving import Limits, load_models, serve

    loaded = load_models(models)
    limits = Limits(concurrency, queue, timeout, max_request_mb * 2**20)
    running = serve(loaded, host, port, limits, lambda url: _say_where(loaded, url))
    print("Stopped.", flush=True)
    if running:
        # Python would wait for them, and TensorFlow cannot be stopped.
        os._exit(0)


def _say_where(models, url):
    from seqzoo.export.serving.examples import example_request, ordered_signatures

    for name, versions in models.items():
        model = versions[max(versions)]
        first, *_ = ordered_signatures(model)
        request = json.dumps(example_request(model, first))
        print(f"curl -d {shlex.quote(request)} {shlex.quote(f'{url}/v1/models/{name}:predict')}")
    print(f"In a browser: {url}/")
    print("Ctrl-C stops the server. For production there is TF Serving.", flush=True)
