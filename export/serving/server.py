"""Running the server until it is interrupted."""

import contextlib
import ipaddress
import os
import socket
from collections.abc import Callable

import uvicorn

from seqzoo.errors import UsageError
from seqzoo.export.serving.app import create_app
from seqzoo.export.serving.limits import Limits
from seqzoo.export.serving.model import Models

# Seconds that requests have to end in when the server is interrupted.
_GRACE = 2


def serve(
    models: Models, host: str, port: int, limits: Limits, started: Callable[[str], None]
) -> int:
    """Serves models until Ctrl-C.

    Args:
        models: The models.
        host: The address to listen on. Of a loopback address, requests have to be for it or for
            `localhost`.
        port: The port; 0 takes any that is free.
        limits: How much the server takes on.
        started: Called with the server's URL when it listens.

    Returns:
        How many predictions still run: TensorFlow cannot be stopped, and Python waits for them
        before it exits.

    Raises:
        UsageError: If it cannot listen there.
    """
    app = create_app(models, limits, _allowed_hosts(host))
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    with _listen(host, port) as listener:
        started(f"http://{_in_url(host)}:{listener.getsockname()[1]}")
        # uvicorn raises the interrupt again when it has ended.
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    app.state.predictions.close()
    return app.state.predictions.pending


def _listen(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # Python adds the address to what the system says.
        is_of_name = isinstance(error, socket.gaierror)
        reason = error.strerror if is_of_name else os.strerror(error.errno)
        raise UsageError(
            f"The server cannot listen on {host}, port {port} ({reason}): give another --host or "
            "--port."
        ) from error


def _allowed_hosts(host):
    return [_in_url(host), "localhost"] if _is_loopback(host) else ["*"]


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host):
    return f"[{host}]" if ":" in host else host
