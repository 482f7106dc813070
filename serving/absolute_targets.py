"""Requests whose target is an absolute URL, such as `GET http://localhost:8501/v1/models`."""

import re
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

_ABSOLUTE = re.compile(rb"https?://([^/]*)(.*)", re.IGNORECASE)


class AbsoluteTargets:
    """Middleware that accepts absolute URLs as request targets (RFC 9112, section 3.2.2).

    The host of the URL replaces the `Host` header.

    Args:
        app: The application.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forwards a request with a relative target."""
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
