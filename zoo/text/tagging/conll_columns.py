"""Rows and columns of CoNLL files: detection of the word and tag columns."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from seqzoo.core.errors import SeqzooError
from seqzoo.zoo.text.tagging.tagging_schemes import is_tag, is_unseen

DOCUMENT = "-DOCSTART-"
"""Prefix of lines between documents."""

_MOST_COLUMNS = 4
_COMMENT = re.compile("#(?:[ \t]|$)")
# "7", "2-3", "1.0", "t7", "doc1_2", "Sentence: 1".
_IDENTIFIER = re.compile(r"\D*\d+(?:[-.:_]\d+)*")


class ConllError(SeqzooError, ValueError):
    """A malformed CoNLL file, or sentences that cannot be written to one."""


class Row(NamedTuple):
    """A line with a word.

    Attributes:
        number: The line number, from 1.
        cells: The contents of its columns.
    """

    number: int
    cells: list[str]


class Columns(NamedTuple):
    """The indices of the word and tag columns in the cells of a row."""

    word: int = 0
    tag: int = -1


def parse_columns(text: str) -> Columns:
    """Parses the numbers of the word and tag columns.

    Args:
        text: Numbers of columns from 1, such as `word=2,tag=3`.

    Raises:
        ConllError: If the text has another form.

    >>> parse_columns("word=2,tag=3")
    Columns(word=1, tag=2)
    """
    pairs = [pair.strip().partition("=") for pair in text.split(",")]
    places = {name: number for name, _, number in pairs if re.fullmatch("[1-9][0-9]{0,3}", number)}
    if len(pairs) != 2 or places.keys() != {"word", "tag"} or places["word"] == places["tag"]:
        raise ConllError(
            f"The columns {text!r} cannot be read; give the two numbers as in word=2,tag=3."
        )
    return Columns(int(places["word"]) - 1, int(places["tag"]) - 1)


def read_rows(path: str | os.PathLike, asked: Columns | None = None) -> list[list[Row]]:
    """Reads the rows of every sentence in a file.

    Args:
        path: The file.
        asked: The required columns. By default, all lines must have the same 2 to 4 columns.

    Raises:
        ConllError: If the file cannot be read, or a line lacks these columns.
    """
    # Concatenated files may contain several byte order marks.
    lines = [
        (number, line.removeprefix("\ufeff"))
        for number, line in enumerate(_text(path).split("\n"), 1)
    ]
    contents = [line for _, line in lines if not _is_between(line)]
    words = [line for line in contents if not _COMMENT.match(line)] or contents
    by_tabs = all("\t" in line.rstrip(" \t") for line in words)
    tag = (asked or Columns()).tag
    known = [_cells(line, by_tabs) for line in words]
    tags = {cells[tag] for cells in known if len(cells) > max(tag, 1)}
    sentences: list[list[Row]] = [[]]
    width = None
    for number, line in lines:
        cells = _cells(line, by_tabs)
        if _is_between(line):
            sentences.append([])
        elif sentences[-1] or not _is_comment(line, cells, len(known[0]), tag, tags):
            _check_width(path, number, line, len(cells), width, asked)
            width = len(cells)
            sentences[-1].append(Row(number, cells))
    return [rows for rows in sentences if rows]


def choose_columns(path: str | os.PathLike, sentences: Sequence[Sequence[Row]]) -> Columns:
    """Returns the first column as the word and the last as the tag, or the other way round.

    Args:
        path: The file, for the error.
        sentences: Its rows.

    Raises:
        ConllError: If the first column only counts the words or sentences.
    """
    rows = [row for sentence in sentences for row in sentence]
    width = min((len(row.cells) for row in rows), default=0)
    is_tags = [all(is_tag(row.cells[place]) for row in rows) for place in range(width)]
    if len(is_tags) == 2 and is_tags == [True, False]:
        return Columns(word=1, tag=0)
    if len(is_tags) > 2 and _only_counts([row.cells[0] for row in rows]):
        tag = is_tags.index(True) + 1 if True in is_tags else len(is_tags)
        word = 2 if tag != 2 else 3
        raise ConllError(
            f"{path}, line {rows[0].number}: the first column only counts; say where the word "
            f"and its tag stand, as in --columns word={word},tag={tag}."
        )
    return Columns()


def _is_between(line):
    """Returns whether a line separates sentences."""
    return all(map(is_unseen, line)) or line.split(maxsplit=1)[0] == DOCUMENT


def _cells(line, by_tabs):
    if by_tabs:
        return [cell.strip(" ") for cell in line.rstrip(" \t").split("\t")]
    cells = re.split("[ \t]+", line.strip(" \t"))
    # A single O after a space is the tag of an empty word.
    return ["", *cells] if line[:1] in (" ", "\t") and cells == ["O"] else cells


def _is_comment(line, cells, width, tag, tags):
    """Returns whether a line that begins with "#" is a comment and not the word "#"."""
    if not _COMMENT.match(line):
        return False
    return len(cells) != width or not (is_tag(cells[tag]) or cells[tag] in tags)


def _only_counts(cells):
    """Returns whether a column numbers words, sentences or documents, possibly with gaps."""
    filled = [cell for cell in cells if cell]
    return filled != [] and all(map(_IDENTIFIER.fullmatch, filled))


def _check_width(path, number, line, count, before, asked):
    place = f"{path}, line {number}"
    columns = "1 column" if count == 1 else f"{count} columns"
    shown = f"{columns}, {line[:60]!r}"
    if asked:
        if count <= max(asked):
            raise ConllError(
                f"{place}: {shown}; write the word in column {asked.word + 1} and its tag in "
                f"column {asked.tag + 1}."
            )
        return
    if not 2 <= count <= _MOST_COLUMNS:
        raise ConllError(
            f"{place}: {shown}; write the word first and its tag last, in 2 to {_MOST_COLUMNS}, or "
            "say where they stand, as in --columns word=2,tag=3."
        )
    if before not in (None, count):
        raise ConllError(
            f"{place}: {shown}, after a line of {before}; write as many on every line, and no "
            "spaces in a word."
        )


def _text(path):
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConllError(f"{path} cannot be read ({error.strerror}); check the path.") from error
    try:
        return _one_line_end(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        # The part before the error is valid.
        number = _one_line_end(data[: error.start].decode("utf-8")).count("\n") + 1
        raise ConllError(
            f"{path}, line {number}: this is not UTF-8; save the file in that encoding."
        ) from error


def _one_line_end(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")
