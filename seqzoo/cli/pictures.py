"""Pictures from arguments and standard input."""

import os
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from seqzoo.core.errors import UsageError
from seqzoo.zoo.images.files import find_images

_AT_ONCE = 8
"""Maximum number of pictures in a batch, which are read before its first result."""


class Picture(NamedTuple):
    """A picture that has not been read yet.

    Attributes:
        name: Its name in results.
        source: An input of `read_image`.
    """

    name: str
    source: str | bytes


def picture_batches(arguments: Sequence[str]) -> Iterator[list[Picture]]:
    """Returns the pictures of a command in batches.

    Folders are searched at once, so that an error about a folder without pictures comes before the
    work begins. Files are not read yet.

    Args:
        arguments: Files and folders of pictures; `-`, or no argument at all, means one picture on
            standard input.

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
    # Unlike `Path.is_dir`, this accepts names of any length.
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
