"""Error responses."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from seqzoo.serving.rest_errors import RestError


def error_response(error: RestError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Returns the response for an error."""
    # Names in a message may contain surrogates, which UTF-8 cannot encode.
    message = str(error).encode(errors="backslashreplace").decode()
    return JSONResponse({"error": message}, error.status, headers)
