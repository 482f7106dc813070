"""Configurations as JSON, of a size and a depth that a configuration can have."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from seqzoo.core.file_checks import ModelFileError

MAX_BYTES = 16 * 2**20
"""The most bytes of a configuration; its objects take some twenty times as much memory."""

MAX_DEPTH = 100
"""The most levels of a configuration; Keras makes its objects by recursion."""


def read_json(path: str | os.PathLike) -> Any:
    """The content of a JSON file.

    Raises:
        ModelFileError: If the file is missing, too large, too deep, or no valid JSON.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read ({error.strerror}).") from error
    return parse_json(data, str(path))


def parse_json(data: bytes | str, name: str) -> Any:
    """The content of a JSON text.

    Args:
        data: The text, as UTF-8 if it is bytes.
        name: What the text is called in messages.

    Raises:
        ModelFileError: If the text is too large, too deep, or no valid JSON.
    """
    if len(data) > MAX_BYTES:
        raise ModelFileError(
            f"{name} has more than {MAX_BYTES:,} bytes, which is more than a configuration can be."
        )
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        content = json.loads(text, object_pairs_hook=_without_repeats)
    except ValueError as error:
        raise ModelFileError(f"{name} is no valid JSON ({error}): get the file again.") from error
    except RecursionError as error:
        raise _too_deep(name) from error
    if _depth(content) > MAX_DEPTH:
        raise _too_deep(name)
    return content


def entries(content: object) -> Iterator[tuple[str, object]]:
    """Every key and its value in the content of a JSON file, at any level."""
    remaining = [content]
    while remaining:
        part = remaining.pop()
        if isinstance(part, dict):
            yield from part.items()
        remaining += _children(part)


def _without_repeats(pairs: list[tuple[str, object]]) -> dict:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("an object has a key twice")
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
        f"{name} has more than {MAX_DEPTH} levels, which is more than a configuration can have."
    )
