"""Running the server until it is interrupted."""

import contextlib
import dataclasses
import functools
import ipaddress
import os
import socket
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from seqzoo.core.errors import UsageError
from seqzoo.serving.access import host_in_url
from seqzoo.serving.app import create_app
from seqzoo.serving.connection import Connection
from seqzoo.serving.limits import Limits
from seqzoo.serving.served_models import ServedModels

# Connections that wait to be accepted; so many may come at once, before they are counted.
_BACKLOG = 512
# Seconds that requests have to end in when the server is interrupted.
_GRACE = 2


def serve(
    models: ServedModels, host: str, port: int, limits: Limits, started: Callable[[str], None]
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
    with listen(host, port) as listener:
        address, port, *_ = listener.getsockname()
        # Its threads start before memory is bounded: they may not be had later.
        app = create_app(models, limits, allowed_hosts(address))
        with app.state.memory.enforced():
            started(f"http://{host_in_url(address)}:{port}")
            # uvicorn raises the interrupt again when it has ended.
            with contextlib.suppress(KeyboardInterrupt):
                create_server(app, limits).run(sockets=[listener])
    app.state.predictions.close()
    return app.state.predictions.pending


def create_server(app: Starlette, limits: Limits) -> uvicorn.Server:
    """The server of an application; `run` takes the sockets that it listens on."""
    limits = _within_files(limits)
    config = uvicorn.Config(
        app,
        # uvicorn asks for a class, and only calls it.
        http=functools.partial(Connection, limits=limits),  # type: ignore[arg-type]
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        backlog=min(_BACKLOG, limits.connections),
    )
    return uvicorn.Server(config)


def _within_files(limits):
    """Limits by which connections, and those about to be refused, leave files for the models."""
    try:
        import resource
    except ImportError:
        return limits
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return limits
    return dataclasses.replace(limits, connections=min(limits.connections, files // 3))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        UsageError: If it cannot listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # asyncio sends at once, without Nagle's delay, only on sockets that say they are TCP.
        return socket.socket(
            family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach()
        )
    except OSError as error:
        # Python adds the address to what the system says.
        reason = error.strerror or str(error)
        if error.errno is not None and not isinstance(error, socket.gaierror):
            reason = os.strerror(error.errno)
        raise UsageError(
            f"The server cannot listen on {host}, port {port} ({reason}): give another --host or "
            "--port."
        ) from error


def allowed_hosts(address: str) -> list[str]:
    """The names that requests may be for, where the server listens on an address."""
    is_loopback = ipaddress.ip_address(address).is_loopback
    return [host_in_url(address), "localhost"] if is_loopback else ["*"]
