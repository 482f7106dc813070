"""Targets that name the whole URL, such as `GET http://localhost:8501/v1/models`."""

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

_ABSOLUTE = re.compile(rb"https?://([^/]*)(.*)", re.IGNORECASE)


class AbsoluteTargets:
    """Reads them as any other, as RFC 9112 asks of servers (section 3.2.2).

    The host that they name takes the place of the header.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""
        if found := _ABSOLUTE.fullmatch(scope.get("raw_path") or b""):
            host, path = found[1], found[2] or b"/"
            others = [header for header in scope["headers"] if header[0] != b"host"]
            scope = {
                **scope,
                "headers": [(b"host", host), *others],
                "raw_path": path,
                "path": unquote(path.decode("ascii")),
            }
        await self._app(scope, receive, send)
