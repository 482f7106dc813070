"""Errors as responses."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from seqzoo.serving.rest_errors import RestError


def error_response(error: RestError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that tells an error."""
    # Names in a message may hold what UTF-8 cannot.
    message = str(error).encode(errors="backslashreplace").decode()
    return JSONResponse({"error": message}, error.status, headers)
