"""Texts from arguments, files and standard input."""

import sys
from collections.abc import Iterator, Sequence
from io import BufferedReader
from pathlib import Path
from typing import cast

from seqzoo.core.errors import SeqzooError, UsageError

_CHUNK = 2**20
"""Maximum number of bytes per read."""


class TextError(SeqzooError, ValueError):
    """A file that is not valid text; the message names the file, the place and a remedy."""


def text_batches(texts: Sequence[str], files: Sequence[Path], by_line: bool) -> Iterator[list[str]]:
    """Returns the texts of a command in batches, beginning with those of the arguments.

    Files are opened at once, so that an error about a missing file comes before the work begins.
    Standard input is read line by line: a batch holds the lines that are available, and is not
    delayed to fill up.

    Args:
        texts: The arguments. None at all, or a single `-`, means standard input.
        files: Files; `-` means standard input.
        by_line: Whether each line of a file is a text, instead of the whole file.

    Returns:
        The batches, none of them empty.

    Raises:
        UsageError: If an argument is not UTF-8.
        TextError: If a file cannot be read, is empty, or is not UTF-8; raised here, or during
            iteration at the line that is not UTF-8.
    """
    if list(texts) == ["-"] or not (texts or files):
        sources = [_standard_input()]
    else:
        sources = [[[_checked(text) for text in texts]]] if texts else []
    sources += [_file(path, by_line) for path in files]
    return (batch for source in sources for batch in source)


def _checked(text):
    # Python decodes invalid UTF-8 in arguments to surrogates.
    if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(f"The text {text!r} is not UTF-8: give it in that encoding.")
    return text


def _standard_input():
    if sys.stdin.isatty():
        print("Write a text on every line; Ctrl-D ends.", file=sys.stderr)
    return _line_batches(cast(BufferedReader, sys.stdin.buffer), "standard input")


def _file(path, by_line):
    if str(path) == "-":
        return _standard_input()
    try:
        if by_line:
            return _some_lines(path.open("rb"), path)
        data = path.read_bytes()
    except OSError as error:
        raise TextError(f"{path} cannot be read ({error.strerror}); check the path.") from error
    if not data.strip():
        raise _empty(path)
    return [[_whole(data, path)]]


def _empty(path):
    return TextError(f"{path} is empty: give a file with text.")


def _whole(data, path):
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise _not_utf8(path, line) from error


def _not_utf8(name, line):
    return TextError(f"{name}, line {line}: this is not UTF-8; save the text in that encoding.")


def _some_lines(stream, path):
    with stream:
        batch = None
        for batch in _line_batches(stream, path):
            yield batch
        if batch is None:
            raise _empty(path)


def _line_batches(stream: BufferedReader, name: object) -> Iterator[list[str]]:
    """Yields lines as they arrive, without their ends (a line feed or CRLF)."""
    done, rest = 0, b""
    while chunk := stream.read1(_CHUNK):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from _decoded(lines, name, done)
        done += len(lines)
    if rest:
        yield from _decoded([rest], name, done)


def _decoded(lines, name, done):
    """Yields the decoded lines as a batch; an invalid line raises after the lines before it."""
    batch = []
    for number, line in enumerate(lines, done + 1):
        try:
            batch.append(line.removesuffix(b"\r").decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            if batch:
                yield batch
            raise _not_utf8(name, number) from error
    if batch:
        yield batch
