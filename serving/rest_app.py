"""TF Serving's REST API, and that of the page, as an ASGI application."""

import asyncio
import functools
import re
import zlib

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from seqzoo.serving import rest_api
from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.limits import Limits
from seqzoo.serving.model import Models
from seqzoo.serving.predictions import Predictions
from seqzoo.serving.responses import error_response
from seqzoo.serving.rest_errors import RestError, invalid
from seqzoo.serving.scores import api as scores_api

_PATH = re.compile(r"/(v1|page)/", re.IGNORECASE)
_PAGE = "/page/"


class RestRoute(BaseRoute):
    """Route of all paths below `/v1/` and `/page/`, ignoring case.

    Paths are not decoded: `%2f` is not a slash.

    Args:
        models: The models to serve.
        predictions: The prediction threads.
        limits: The limits of the server.
    """

    def __init__(self, models: Models, predictions: Predictions, limits: Limits) -> None:
        self._models = models
        self._predictions = predictions
        self._limits = limits
        self._held_bytes = 0

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Returns whether a request is for one of the APIs."""
        is_below = scope["type"] == "http" and _PATH.match(_path(scope))
        return (Match.FULL if is_below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        request = Request(scope, receive)
        try:
            response = await self._response(request)
        except RestError as error:
            # Does not wait for the rest of a body that is late or too large.
            is_unread = error.status in (408, 413, 503)
            response = error_response(error, {"Connection": "close"} if is_unread else None)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _response(self, request):
        if request.method == "OPTIONS":
            return _preflight(request)
        body = bytearray()
        try:
            await self._read(request, body)
            answer = await self._answer(request, body)
        finally:
            self._held_bytes -= len(body)
        return Response(answer, media_type="application/json")

    async def _read(self, request, body):
        limits = self._limits
        try:
            async with asyncio.timeout(limits.read_timeout):
                async for chunk in request.stream():
                    body += chunk
                    self._held_bytes += len(chunk)
                    self._check_bytes(len(body))
        except TimeoutError:
            raise RestError(
                408, f"The body of the request did not arrive within {limits.read_timeout:g} s."
            ) from None

    def _check_bytes(self, size):
        limits = self._limits
        if size > limits.body_bytes:
            raise RestError(413, f"The request is larger than {limits.body_bytes} bytes.")
        if self._held_bytes > limits.waiting_bytes:
            raise RestError(
                503,
                f"The waiting requests have more than {limits.waiting_bytes} bytes. Try again "
                "later.",
            )

    async def _answer(self, request, body):
        compute = functools.partial(self._compute, request, body)
        if request.method != "POST":
            # Status and metadata do not wait in the queue.
            return compute()
        leaving = asyncio.create_task(_left(request))
        try:
            return await self._predictions.run(compute, leaving)
        finally:
            leaving.cancel()

    def _compute(
        self, request: Request, body: bytes, cancellation: Cancellation | None = None
    ) -> bytes:
        if "gzip" in request.headers.get("content-encoding", ""):
            body = _unpack(body, self._limits.body_bytes)
        target = _target(request.scope)
        answer = scores_api.answer if target.lower().startswith(_PAGE) else rest_api.answer
        asked = rest_api.RestRequest(request.method, target, body, cancellation)
        try:
            return answer(self._models, self._limits, asked)
        except MemoryError as error:
            raise RestError(429, "The server is out of memory: request less at once.") from error


async def _left(request):
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _path(scope):
    return scope.get("raw_path", scope["path"].encode()).decode("latin-1")


def _target(scope):
    query = scope["query_string"].decode("latin-1")
    return f"{_path(scope)}?{query}" if query else _path(scope)


def _preflight(request):
    """Answers CORS preflights like TF Serving; pages of other sites were refused before."""
    if not re.search("https?://", request.headers.get("origin", "")):
        raise invalid("Origin header is missing in CORS preflight")
    return Response(media_type="application/json")


def _unpack(body, limit):
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise invalid(f"The body is not gzip ({error}).") from error
    if len(unpacked) > limit:
        raise RestError(413, f"The uncompressed request is larger than {limit} bytes.")
    if not unpacking.eof or unpacking.unused_data:
        raise invalid("The body is not one complete gzip stream.")
    return unpacked
