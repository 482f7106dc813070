"""Access control: refuses requests from pages of other sites, including DNS rebinding."""

import contextlib
import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from seqzoo.serving.responses import error_response
from seqzoo.serving.rest_errors import RestError

# Values of `Sec-Fetch-Site` for requests that no other site has made.
_OWN_SITES = ("same-origin", "none")


class AccessMiddleware:
    """Refuses requests for other hosts, and requests made by pages of other sites.

    Browsers name the requesting page in `Origin` and `Sec-Fetch-Site`; programs send neither.
    Links to the page are allowed from everywhere.

    Args:
        app: The application.
        allowed_hosts: The host names allowed in requests; `*` allows any.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a refused request with an error; forwards all others."""
        app = self._app
        if scope["type"] == "http":
            try:
                self._check(scope, Headers(scope=scope))
            except RestError as error:
                app = error_response(error)
        await app(scope, receive, send)

    def _check(self, scope, headers):
        host = headers.get("host", "").lower()
        if "*" not in self._allowed_hosts and _name(host) not in self._allowed_hosts:
            port = scope["server"][1] if scope.get("server") else None
            raise RestError(400, self._other_host(host, port))
        if _is_foreign(scope, headers, host):
            raise RestError(
                403,
                "The request was made by a page of another site: only this server's own page and "
                "programs outside a browser may send requests.",
            )

    def _other_host(self, host, port):
        names = " or ".join(
            f"http://{name}{f':{port}' if port else ''}" for name in self._allowed_hosts
        )
        return (
            f"The host {host[:100]!r} is not this server: use {names}, or start the server with "
            "--host 0.0.0.0 to allow any name."
        )


def _name(host):
    """Returns the name of a host without the port; IPv6 addresses as they are written in URLs."""
    name = re.sub(r":\d*$", "", host)
    return host_in_url(name[1:-1]) if re.fullmatch(r"\[.*\]", name) else name


def host_in_url(address: str) -> str:
    """Returns a host name or address as it is written in URLs; IPv6 addresses in compressed form.

    >>> host_in_url("0:0:0:0:0:0:0:1")
    '[::1]'
    """
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(address).compressed
    return f"[{address}]" if ":" in address else address


def _is_foreign(scope, headers, host):
    origin = headers.get("origin")
    if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
        return True
    is_link = scope["method"] == "GET" and scope["path"] == "/"
    return not is_link and headers.get("sec-fetch-site", "none") not in _OWN_SITES
