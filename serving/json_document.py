"""Parses JSON like RapidJSON in TF Serving: with `NaN`, infinities, and the first of equal keys.

The flags are those of `ParseJson` in `tensorflow_serving/util/json_tensor.cc`.
"""

import json
import math
import re

from seqzoo.serving.rest_errors import RestError, invalid, shown

# Maps the messages of Python's JSON parser to those of RapidJSON.
_MESSAGES = {
    "Expecting value": "Invalid value.",
    "Expecting property name enclosed in double quotes": "Missing a name for object member.",
    "Illegal trailing comma before end of object": "Missing a name for object member.",
    "Illegal trailing comma before end of array": "Invalid value.",
    "Expecting ':' delimiter": "Missing a colon after a name of object member.",
    "Unterminated string starting at": "Missing a closing quotation mark in string.",
    "Invalid control character at": "Invalid encoding in string.",
    "Invalid \\escape": "Invalid escape character in string.",
    "Invalid \\uXXXX escape": "Incorrect hex digit after \\u escape in string.",
}
_MANY_ROOTS = "The document root must not be followed by other values."
_TOO_BIG = "Number too big to be stored in double."
_WHITE_SPACE = " \t\r\n"
# A string, which is skipped, or a number that Python does not accept. An unterminated string
# extends to the end of the text; searching for further strings inside it would take quadratic time.
_NUMBERS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|-?Inf(?!i)|-NaN', re.DOTALL)
_NAMES_OF_NUMBERS = {"Inf": "Infinity", "-Inf": "-Infinity", "-NaN": "NaN"}
_MOST_DIGITS = 308


def parse_document(body: bytes | bytearray, values: int) -> dict:
    """Parses the JSON object of a request.

    Args:
        body: The body of the request.
        values: The maximum number of values.

    Raises:
        RestError: If the body is not a JSON object, or holds more values.
    """
    _check_size(body, values)
    text = _with_known_numbers(_decoded(body))
    start = len(text) - len(text.lstrip(_WHITE_SPACE))
    if start == len(text):
        raise invalid("JSON Parse error: The document is empty")
    try:
        document, end = _READER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _parse_error(_message(error), text, error.pos) from error
    except _TooBigError as error:
        raise _parse_error(_TOO_BIG, text, text.find(str(error))) from error
    except RecursionError as error:
        raise invalid("JSON Parse error: Nested too deeply") from error
    end += len(text[end:]) - len(text[end:].lstrip(_WHITE_SPACE))
    if end < len(text):
        raise _parse_error(_MANY_ROOTS, text, end)
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {shown(document)} Is not object")
    return document


def _check_size(body, values):
    """Checks the number of values before Python creates objects, which take 50 times the memory."""
    if sum(map(body.count, (b",", b"[", b"{"))) >= values:
        raise RestError(413, f"The request holds more than {values} values: send it in parts.")


def _decoded(body):
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid(f"JSON Parse error: Not UTF-8 at offset: {error.start}") from error


def _with_known_numbers(text):
    if "Inf" not in text and "-NaN" not in text:
        return text
    return _NUMBERS.sub(lambda match: _NAMES_OF_NUMBERS.get(match[0], match[0]), text)


def _message(error):
    if error.msg == "Expecting ',' delimiter":
        # Python's message does not say which bracket is open.
        return "Missing a comma or closing bracket after a value."
    return _MESSAGES.get(error.msg, error.msg)


def _parse_error(message, text, position):
    offset = len(text[:position].encode())
    return invalid(f"JSON Parse error: {message} at offset: {offset}")


class _TooBigError(Exception):
    """A number is larger than the largest double; the message is the number."""


def _decimal(text):
    number = float(text)
    if math.isinf(number):
        raise _TooBigError(text)
    return number


def _integer(text):
    # Checked first, as Python is slow to parse thousands of digits, or refuses.
    return int(text) if len(text) <= _MOST_DIGITS else int(_decimal(text))


def _first_of_equals(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        members.update(reversed(pairs))
    return members


_READER = json.JSONDecoder(
    object_pairs_hook=_first_of_equals, parse_float=_decimal, parse_int=_integer
)
