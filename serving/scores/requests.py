"""Requests of the page about scores, checked."""

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

from seqzoo.serving.limits import Limits
from seqzoo.serving.rest_errors import RestError, invalid, shown
from seqzoo.serving.scores.asked import PlayedNote, PromptRequest, ScoreFile, ScoreRequest

_MOST_BARS = 10_000
_LONGEST_NAME = 100
_LATEST = 100_000
_NOTE_ARRAYS = ("onset", "duration", "pitch")
_CONDITIONS = {"key": str, "tempo": float, "time_signature": str, "voice": bool}


def prompt_request(
    document: Mapping[str, Any], vocabulary: tuple[str, ...], limits: Limits
) -> PromptRequest:
    """Checks a request for the tokens of a prompt.

    Args:
        document: The JSON of the request: `conditions`, and `notes` or `file`.
        vocabulary: The names of the tokens of the model.
        limits: The limits of the server.

    Raises:
        RestError: If a value is missing, of another type, or out of its range.
    """
    conditions = _member(document, "conditions", dict, {})
    for name in conditions.keys() - _CONDITIONS.keys():
        raise invalid(f"There is no condition {shown(name)}: give {', '.join(_CONDITIONS)}.")
    file, notes = (_member(document, name, dict, None) for name in ("file", "notes"))
    if file is not None and notes is not None:
        raise invalid("A prompt is a file or notes: give one of them.")
    checked = {name: _member(conditions, name, kind, None) for name, kind in _CONDITIONS.items()}
    return PromptRequest(
        vocabulary,
        {name: value for name, value in checked.items() if value is not None},
        None if file is None else _file(file),
        () if notes is None else _notes(notes, limits),
    )


def score_request(
    document: Mapping[str, Any], vocabulary: tuple[str, ...], limits: Limits
) -> ScoreRequest:
    """Checks a request for the score of tokens.

    Args:
        document: The JSON of the request: `token_ids`, `bars`, `tempo` and `title`.
        vocabulary: The names of the tokens of the model.
        limits: The limits of the server.

    Raises:
        RestError: If a value is missing, of another type, or out of its range.
    """
    token_ids = _member(document, "token_ids", list)
    check_token_count(len(token_ids), limits)
    for token in token_ids:
        if type(token) is not int or not 0 <= token < len(vocabulary):
            raise invalid(
                f"token_ids has {shown(token)}: give integers from 0 to {len(vocabulary) - 1}."
            )
    return ScoreRequest(
        vocabulary,
        tuple(token_ids),
        _count(document, "bars"),
        _member(document, "tempo", float, None),
        _member(document, "title", str, ""),
    )


def check_token_count(count: int, limits: Limits) -> None:
    """Refuses a score with too many tokens.

    Raises:
        RestError: If the limit is exceeded.
    """
    if count > limits.tokens:
        raise RestError(
            413,
            f"The score has {count} events, but at most {limits.tokens} are allowed: give a "
            "shorter one.",
        )


_REQUIRED: Any = object()
_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}


def _member(document, name, kind, default=_REQUIRED):
    """Returns a member of a JSON object; `None` counts as missing."""
    value = document.get(name)
    if value is None and default is not _REQUIRED:
        return default
    if kind is float and _is_number(value):
        return float(value)
    if type(value) is not kind:
        wanted = _KINDS.get(kind, "a finite number")
        raise invalid(f"{name} must be {wanted}. Received: {shown(value)}")
    return value


def _is_number(value):
    return type(value) in (int, float) and math.isfinite(value)


def _count(document, name):
    value = document.get(name)
    if value is None or (type(value) is int and 1 <= value <= _MOST_BARS):
        return value
    raise invalid(f"{name} must be an integer from 1 to {_MOST_BARS}. Received: {shown(value)}")


def _file(file):
    name = "".join(filter(str.isprintable, _member(file, "name", str)))[-_LONGEST_NAME:]
    try:
        content = base64.b64decode(_member(file, "b64", str), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"The file is not valid Base64 ({error}).") from error
    # A name is no path: nothing is read from the disk.
    return ScoreFile(name.replace("\\", "/").rpartition("/")[2], content, _count(file, "bars"))


def _notes(notes, limits):
    columns = [_member(notes, name, list) for name in _NOTE_ARRAYS]
    if len({len(column) for column in columns}) > 1:
        raise invalid("onset, duration and pitch must have the same length.")
    check_token_count(2 * len(columns[0]), limits)
    return tuple(_note(*values) for values in zip(*columns, strict=True))


def _note(onset, duration, pitch):
    is_time = _is_number(onset) and _is_number(duration) and 0 <= onset <= _LATEST
    is_time = is_time and 0 < duration <= _LATEST
    if is_time and type(pitch) is int and 0 <= pitch < 128:
        return PlayedNote(float(onset), float(duration), pitch)
    raise invalid(
        f"A note has an onset from 0 to {_LATEST} quarter notes, a duration above 0, and a pitch "
        "from 0 to 127. Received: "
        f"{shown([onset, duration, pitch])}"
    )
