"""Errors of TF Serving's REST API.

Status codes are those of `ToHTTPStatusCode` in `tensorflow_serving/model_servers/http_server.cc`.
"""

import json
import re

import tensorflow as tf

_LONGEST_VALUE = 256

_STATUS_CODES = {
    tf.errors.CANCELLED: 499,
    tf.errors.INVALID_ARGUMENT: 400,
    tf.errors.DEADLINE_EXCEEDED: 504,
    tf.errors.NOT_FOUND: 404,
    tf.errors.ALREADY_EXISTS: 409,
    tf.errors.PERMISSION_DENIED: 403,
    tf.errors.RESOURCE_EXHAUSTED: 429,
    tf.errors.FAILED_PRECONDITION: 400,
    tf.errors.ABORTED: 409,
    tf.errors.OUT_OF_RANGE: 400,
    tf.errors.UNIMPLEMENTED: 501,
    tf.errors.UNAVAILABLE: 503,
    tf.errors.UNAUTHENTICATED: 401,
}


class RestError(Exception):
    """An error with which a request is answered.

    Attributes:
        status: The HTTP status code.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def invalid(message: str) -> RestError:
    """Returns the error for an invalid request, with status 400."""
    return RestError(400, message)


def status_code(error: tf.errors.OpError) -> int:
    """Returns the HTTP status code for an error of the graph."""
    return _STATUS_CODES.get(error.error_code, 500)


def graph_message(error: tf.errors.OpError) -> str:
    """Returns the message of a graph error as in TF Serving, without the additions of Python."""
    message = error.message.rpartition("<stack traces unavailable>\n")[2]
    return re.sub(r" \[Op:\w+\]$", "", message)


def type_name(dtype: tf.DType) -> str:
    """Returns the name of a dtype in TensorFlow's C++: `float`, not `float32`."""
    return {"float16": "half", "float32": "float", "float64": "double"}.get(dtype.name, dtype.name)


def shown(value: object) -> str:
    """Returns the JSON of a value, truncated to 256 characters."""
    text = ""
    for piece in json.JSONEncoder().iterencode(value):
        text += piece
        if len(text) > _LONGEST_VALUE:
            break
    return shortened(text)


def shortened(text: str) -> str:
    """Returns a text truncated to 256 characters."""
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
