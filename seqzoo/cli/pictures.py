"""Pictures from arguments and standard input."""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from seqzoo.core.errors import UsageError
from seqzoo.zoo.images.files import find_images

_AT_ONCE = 8
"""The most pictures that are read before the first of them is answered."""


class Picture(NamedTuple):
    """A picture that has not been read.

    Attributes:
        name: What it is called in answers.
        source: What `read_image` takes.
    """

    name: str
    source: str | bytes


def picture_batches(arguments: Sequence[str]) -> Iterator[list[Picture]]:
    """The pictures of a command in batches.

    Folders are looked through at once, so that one without pictures is noticed before the work
    begins. Whether a file is a picture shows when it is read.

    Args:
        arguments: Files, and folders of pictures, whose pictures follow in their order; `-`, or
            no argument at all, is one picture on standard input.

    Returns:
        The batches, none of them empty.

    Raises:
        UsageError: If standard input is a terminal.
        ImageError: If a folder has no pictures.
    """
    pictures = [picture for argument in arguments or ["-"] for picture in _pictures(argument)]
    return _batches(iter(pictures))


def _batches(pictures):
    while batch := list(islice(pictures, _AT_ONCE)):
        yield batch


def _pictures(argument):
    if argument == "-":
        return [Picture("standard input", _standard_input())]
    # Unlike `Path.is_dir`, this takes any text, however long.
    if os.path.isdir(argument):
        return [Picture(str(path), str(path)) for path in find_images(argument)]
    return [Picture(argument, argument)]


def _standard_input():
    if sys.stdin.isatty():
        raise UsageError(
            "There is no picture on standard input: name files or folders, or redirect one, as in "
            "`< picture.png`."
        )
    return sys.stdin.buffer.read()
