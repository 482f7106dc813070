"""Tables of captions: a file of columns with a header."""

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from seqzoo.training.captioning.caption_rows import (
    DEFAULT_LANGUAGE,
    CaptionFileError,
    CaptionRow,
)
from seqzoo.training.captioning.text_files import read_text


def read_table(path: str | os.PathLike) -> list[CaptionRow]:
    r"""Reads a table of captions, a row for each.

    The header names the columns: `image`, the file of the image; `caption`; and `language`
    (`en`, `pt`, `pt-BR`) where it is not English. Other columns are not read. Columns stand
    between commas, or between tabs if the name of the file ends in .tsv; quotes around a field
    keep those in it, and are doubled to be read themselves. The text is UTF-8.

    Args:
        path: The file.

    Returns:
        The rows in their order.

    Raises:
        CaptionFileError: If the file cannot be read, has no such header, or has a bad row.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "captions.csv"
    ...     _ = path.write_text('image,caption\na.jpg,"A dog, asleep."\n')
    ...     [(row.image, row.caption, row.language) for row in read_table(path)]
    [('a.jpg', 'A dog, asleep.', 'en')]
    """
    path = Path(path)
    rows = _rows(path)
    place, header = next(rows, (path, []))
    columns = [name.strip().lower() for name in header]
    for name in ("image", "caption"):
        if name not in columns:
            raise CaptionFileError(
                f"{place}: the header has no column {name}; start the file with the line "
                "image,caption."
            )
    return [_caption_row(columns, row, place) for place, row in rows]


def _rows(path) -> Iterator[tuple[str, list[str]]]:
    """The fields of every row that is not blank, and where it starts."""
    reader = csv.reader(
        io.StringIO(read_text(path)),
        delimiter="\t" if path.suffix.lower() == ".tsv" else ",",
        strict=True,
    )
    while True:
        place = f"{path}, line {reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CaptionFileError(
                f"{place}: this row cannot be read ({error}); close every quote, and double those "
                "in a caption."
            ) from error
        if row:
            yield place, row


def _caption_row(columns, row, place):
    if len(row) != len(columns):
        raise CaptionFileError(
            f"{place}: a row of {len(row)} under a header of {len(columns)}; write quotes around "
            "a caption that holds a comma or a tab."
        )
    fields = dict(zip(columns, row, strict=True))
    image = fields["image"].strip()
    if not image:
        raise CaptionFileError(f"{place}: no image is named; write its file in the column image.")
    language = fields.get("language", "").strip() or DEFAULT_LANGUAGE
    if not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]+)*", language):
        raise CaptionFileError(
            f"{place}: {language!r} is no language; write its code, such as en or pt."
        )
    return CaptionRow(image, fields["caption"], place, language)
