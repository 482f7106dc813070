"""Who may ask: no page of another site, under whatever name it was made to lead here."""

import contextlib
import ipaddress
import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from seqzoo.serving.responses import error_response
from seqzoo.serving.rest_errors import RestError

# What browsers say of requests that no page of another site has made.
_OWN_SITES = ("same-origin", "none")


class AccessMiddleware:
    """Refuses requests for other hosts than this one, and those that pages of other sites make.

    Browsers tell the page that asks by `Origin` and `Sec-Fetch-Site`; programs send neither.
    A link to the page is followed from anywhere.

    Args:
        app: The application.
        allowed_hosts: The names that requests may be for; any, where `*` is among them.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a refused request; passes others on."""
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
                "programs outside of browsers may ask.",
            )

    def _other_host(self, host, port):
        names = " or ".join(
            f"http://{name}{f':{port}' if port else ''}" for name in self._allowed_hosts
        )
        return (
            f"The host {host[:100]!r} is not this server's: ask {names}, or start it with --host "
            "0.0.0.0 to answer under any name."
        )


def _name(host):
    """The name of a host without the port, in the spelling that addresses of IPv6 have in URLs."""
    name = re.sub(r":\d*$", "", host)
    return host_in_url(name[1:-1]) if re.fullmatch(r"\[.*\]", name) else name


def host_in_url(address: str) -> str:
    """An address, or a name, as URLs have it; of the spellings of an address, the shortest.

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
