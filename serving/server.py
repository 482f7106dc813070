"""Runs the server until it is interrupted."""

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

# The maximum number of connections that wait to be accepted.
_BACKLOG = 512
# The time in seconds for requests to finish when the server is interrupted.
_GRACE = 2


def serve(
    models: ServedModels, host: str, port: int, limits: Limits, started: Callable[[str], None]
) -> int:
    """Serves models until Ctrl-C.

    Args:
        models: The models.
        host: The address to listen on. On a loopback address, only requests for that address or
            for `localhost` are allowed.
        port: The port; 0 takes any free port.
        limits: The limits of the server.
        started: Called with the URL of the server when it listens.

    Returns:
        The number of predictions that still run: Python waits for them before it exits.

    Raises:
        UsageError: If the server cannot listen on the address.
    """
    with listen(host, port) as listener:
        address, port, *_ = listener.getsockname()
        # Created before memory is limited, as its threads might fail to start later.
        app = create_app(models, limits, allowed_hosts(address))
        with app.state.memory.enforced():
            started(f"http://{host_in_url(address)}:{port}")
            # uvicorn raises the interrupt again after it has stopped.
            with contextlib.suppress(KeyboardInterrupt):
                create_server(app, limits).run(sockets=[listener])
    app.state.predictions.close()
    return app.state.predictions.pending


def create_server(app: Starlette, limits: Limits) -> uvicorn.Server:
    """Creates the server of an application; its `run` takes the sockets to listen on."""
    limits = _within_files(limits)
    config = uvicorn.Config(
        app,
        # uvicorn declares a class, but only calls it.
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
    """Lowers the maximum of connections to a third of the files that the process may open.

    The rest is for connections about to be refused, and for the models.
    """
    try:
        import resource
    except ImportError:
        return limits
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return limits
    return dataclasses.replace(limits, connections=min(limits.connections, files // 3))


def listen(host: str, port: int) -> socket.socket:
    """Creates a listening socket.

    Raises:
        UsageError: If the server cannot listen on the address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # asyncio disables Nagle's delay only on sockets whose protocol is TCP.
        return socket.socket(
            family, socket.SOCK_STREAM, socket.IPPROTO_TCP, fileno=listener.detach()
        )
    except OSError as error:
        # Python adds the address to the message of the system.
        reason = error.strerror or str(error)
        if error.errno is not None and not isinstance(error, socket.gaierror):
            reason = os.strerror(error.errno)
        raise UsageError(
            f"The server cannot listen on {host}, port {port} ({reason}): give another --host or "
            "--port."
        ) from error


def allowed_hosts(address: str) -> list[str]:
    """Returns the host names allowed in requests, for a server that listens on an address."""
    is_loopback = ipaddress.ip_address(address).is_loopback
    return [host_in_url(address), "localhost"] if is_loopback else ["*"]
