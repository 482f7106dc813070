"""The server as an ASGI application."""

import zlib
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from seqzoo.export.serving import rest_api
from seqzoo.export.serving.examples import example_request, ordered_signatures
from seqzoo.export.serving.limits import Limits
from seqzoo.export.serving.model import Models
from seqzoo.export.serving.page import read_page
from seqzoo.export.serving.predictions import Predictions
from seqzoo.export.serving.rest_errors import RestError, invalid

# The page needs nothing from elsewhere, and nothing of it may be shown elsewhere.
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(
    models: Models, limits: Limits | None = None, allowed_hosts: Sequence[str] = ("*",)
) -> Starlette:
    """The application: TF Serving's REST API, and a page at `/` to try the models in a browser.

    Args:
        models: What is served.
        limits: How much it takes on. Defaults to `Limits()`.
        allowed_hosts: The host names that a request may be for. Where the server can be reached
            from this machine only, naming them keeps out pages of other sites whose name was made
            to lead here.

    Returns:
        The application; its `state.predictions` are the threads that compute.
    """
    limits = limits or Limits()
    predictions = Predictions(limits)
    page = read_page()
    listed = [_listed(name, models[name]) for name in sorted(models)]

    async def show_page(request):
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def list_models(request):
        return JSONResponse({"models": listed})

    app = Starlette(
        routes=[
            Route("/", show_page),
            # TF Serving has no list of its models.
            Route("/models", list_models),
            Route("/v1/{path:path}", _RestApi(models, predictions, limits)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts))],
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.state.predictions = predictions
    return app


def _listed(name, versions):
    """What the page shows of a model, the newest version first."""
    return {
        "name": name,
        "versions": [
            {
                "version": str(version),
                "examples": {
                    signature: example_request(versions[version], signature)
                    for signature in ordered_signatures(versions[version])
                },
            }
            for version in sorted(versions, reverse=True)
        ],
    }


class _RestApi:
    """The application below `/v1/`."""

    def __init__(self, models, predictions, limits):
        self._models = models
        self._predictions = predictions
        self._limits = limits

    async def __call__(self, scope, receive, send):
        request = Request(scope, receive)
        try:
            body = await _read(request, self._limits.body_bytes)
            if request.method == "POST":
                answer = await self._predictions.run(self._answer, request, body)
            else:
                # How the models are is told at once, however much there is to compute.
                answer = self._answer(request, body)
            response = Response(answer, media_type="application/json")
        except RestError as error:
            response = _error(error.status, str(error))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    def _answer(self, request, body):
        if "gzip" in request.headers.get("content-encoding", ""):
            body = _unpack(body, self._limits.body_bytes)
        return rest_api.answer(self._models, request.method, request.scope["path"], body)


async def _read(request, limit):
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise RestError(413, f"The request is larger than {limit} bytes.")
    return bytes(body)


def _unpack(body, limit):
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacking.decompress(body, limit + 1)
    except zlib.error as error:
        raise invalid(f"The body is not gzip ({error}).") from error
    if len(unpacked) > limit:
        raise RestError(413, f"The request is larger than {limit} bytes when it is unpacked.")
    if not unpacking.eof or unpacking.unused_data:
        raise invalid("The body is not one whole gzip stream.")
    return unpacked


def _error(status, message, headers=None):
    # Names in a message may hold what UTF-8 cannot.
    safe = message.encode(errors="backslashreplace").decode()
    return JSONResponse({"error": safe}, status, headers)


async def _refused(request, error):
    return _error(error.status_code, error.detail, error.headers)


async def _failed(request, error):
    return _error(500, "The server failed; what happened is in its own messages.")
