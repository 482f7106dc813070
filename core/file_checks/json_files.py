"""Reads JSON configurations, with limits on their size and depth."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from seqzoo.core.file_checks import ModelFileError

MAX_BYTES = 16 * 2**20
"""The maximum size of a configuration, in bytes; parsed, it takes about 20 times the memory."""

MAX_DEPTH = 100
"""The maximum depth of a configuration; Keras creates its objects recursively."""


def read_json(path: str | os.PathLike) -> Any:
    """Reads a JSON file.

    Raises:
        ModelFileError: If the file is missing, too large, too deep, or not valid JSON.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror}).") from error
    return parse_json(data, str(path))


def parse_json(data: bytes | str, name: str) -> Any:
    """Parses a JSON text.

    Args:
        data: The text; bytes are read as UTF-8.
        name: The name of the text in messages.

    Raises:
        ModelFileError: If the text is too large, too deep, or not valid JSON.
    """
    if len(data) > MAX_BYTES:
        raise ModelFileError(
            f"{name} is larger than {MAX_BYTES:,} bytes, the maximum for a configuration."
        )
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        content = json.loads(text, object_pairs_hook=_without_repeats)
    except ValueError as error:
        raise ModelFileError(f"{name} is not valid JSON ({error}): get the file again.") from error
    except RecursionError as error:
        raise _too_deep(name) from error
    if _depth(content) > MAX_DEPTH:
        raise _too_deep(name)
    return content


def entries(content: object) -> Iterator[tuple[str, object]]:
    """Yields every key and value of a JSON content, at any depth."""
    remaining = [content]
    while remaining:
        part = remaining.pop()
        if isinstance(part, dict):
            yield from part.items()
        remaining += _children(part)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("an object has a duplicate key")
    return content


def _depth(content: object) -> int:
    depth, level = 0, [content]
    while level:
        depth += 1
        level = [child for part in level for child in _children(part)]
    return depth


def _children(part: object) -> Iterable[object]:
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, list) else ()


def _too_deep(name: str) -> ModelFileError:
    return ModelFileError(
        f"{name} is nested deeper than {MAX_DEPTH} levels, the maximum for a configuration."
    )
