"""The server as an ASGI application."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from seqzoo.serving.absolute_targets import AbsoluteTargets
from seqzoo.serving.access import AccessMiddleware
from seqzoo.serving.examples import example_request, ordered_signatures
from seqzoo.serving.limits import Limits
from seqzoo.serving.memory import MemoryWatch
from seqzoo.serving.page import read_page
from seqzoo.serving.predictions import Predictions
from seqzoo.serving.responses import error_response
from seqzoo.serving.rest_app import RestRoute
from seqzoo.serving.rest_errors import RestError
from seqzoo.serving.scores.composers import composer_of
from seqzoo.serving.scores.processes import prepare
from seqzoo.serving.served_models import ServedModels

_LOGGER = logging.getLogger(__name__)
# The same interval at which TF Serving looks for new versions.
_POLL_SECONDS = 1
_WATCH_SECONDS = 0.05
# The page loads nothing from other origins, and other pages may not embed it.
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def _print(sentence):
    # Flushed, as standard output may be a file.
    print(sentence, flush=True)


def create_app(
    models: ServedModels,
    limits: Limits | None = None,
    allowed_hosts: Sequence[str] = ("*",),
    tell: Callable[[str], None] = _print,
) -> Starlette:
    """Creates the application: TF Serving's REST API, and a page at `/` to try the models.

    Args:
        models: The models to serve.
        limits: The limits of the server. Defaults to `Limits()`.
        allowed_hosts: The host names allowed in requests. If the server is reachable only from
            this machine, naming them prevents DNS rebinding by pages of other sites.
        tell: Called with a sentence for every version that is loaded or unloaded.

    Returns:
        The application; its `state.predictions` are the prediction threads, and `state.memory`
        limits their memory.
    """
    limits = limits or Limits()
    predictions = Predictions(limits)
    memory = MemoryWatch(limits.memory_bytes)
    page = read_page()

    async def show_page(request):
        return HTMLResponse(page, headers=_PAGE_HEADERS)

    async def list_models(request):
        # A model may have lost its last version.
        served = [_listed(name, versions) for name, versions in sorted(models.items()) if versions]
        return JSONResponse({"models": served})

    async def look_for_versions():
        for event in await asyncio.to_thread(models.poll, memory.lifted):
            _tell(tell, event)

    async def watch_memory():
        if memory.is_exceeded() and not predictions.give_up(_too_much(limits)):
            memory.accept()

    @contextlib.asynccontextmanager
    async def lifespan(app):
        if _composes(models):
            prepare()
        memory.renew()
        tasks = [
            asyncio.create_task(_repeat(work, seconds, tell))
            for work, seconds in [
                (look_for_versions, _POLL_SECONDS),
                (watch_memory, _WATCH_SECONDS),
            ]
        ]
        yield
        for task in tasks:
            task.cancel()

    app = Starlette(
        routes=[
            Route("/", show_page),
            # TF Serving has no list of its models.
            Route("/models", list_models),
            RestRoute(models, predictions, limits),
        ],
        middleware=[
            Middleware(AbsoluteTargets),
            Middleware(AccessMiddleware, allowed_hosts=allowed_hosts),
        ],
        lifespan=lifespan,
        exception_handlers={HTTPException: _refused, Exception: _failed},
    )
    app.state.predictions = predictions
    app.state.memory = memory
    return app


def _composes(models):
    return any(
        composer_of(model, signature)
        for versions in models.values()
        for model in versions.values()
        for signature in model.signatures
    )


async def _repeat(work, seconds, tell):
    """Repeats a task every few seconds, without end; reports the same failure only once."""
    told = None
    while True:
        await asyncio.sleep(seconds)
        trouble = None
        try:
            await work()
        except Exception as error:
            trouble = f"The server failed to {work.__name__.replace('_', ' ')} ({error!r})."
        if trouble and trouble != told:
            _tell(tell, f"{trouble} It will try again.")
        told = trouble


def _tell(tell, sentence):
    try:
        tell(sentence)
    except Exception:
        # For example, standard output is a closed pipe.
        _LOGGER.warning(sentence)


def _too_much(limits):
    return RestError(
        429,
        f"The running requests used more than {limits.memory_bytes // 2**20} MiB of memory "
        "together: send smaller or fewer requests at once.",
    )


def _listed(name, versions):
    """Returns the description of a model for the page, newest version first."""
    return {
        "name": name,
        "versions": [
            _listed_version(versions[version]) for version in sorted(versions, reverse=True)
        ],
    }


def _listed_version(model):
    signatures = ordered_signatures(model)
    composers = {signature: composer_of(model, signature) for signature in signatures}
    return {
        "version": str(model.version),
        "examples": {signature: example_request(model, signature) for signature in signatures},
        "composers": {name: composer for name, composer in composers.items() if composer},
        "languages": model.languages,
    }


async def _refused(request, error):
    return error_response(RestError(error.status_code, error.detail), error.headers)


async def _failed(request, error):
    message = "The server failed; see its log."
    return error_response(RestError(500, message))
