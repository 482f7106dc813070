"""Caption tables: delimited text files with a header."""

import csv
import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from seqzoo.training.data.images.caption_rows import (
    DEFAULT_LANGUAGE,
    CaptionFileError,
    CaptionRow,
    read_text,
)

_DELIMITERS = (",", "\t", ";", "|")
_SPLITS = {
    "train": "train",
    **dict.fromkeys(("valid", "validation", "dev", "val"), "validation"),
    "test": "test",
}
# Other column names that published data sets use.
_COLUMNS = {
    **dict.fromkeys(("image_name", "file_name", "filename"), "image"),
    "comment": "caption",
}


def read_table(path: str | os.PathLike) -> list[CaptionRow]:
    r"""Reads a caption table with one caption per row.

    The header names the columns: `image` (or `image_name`, `file_name`, `filename`), the file of
    the image; `caption` (or `comment`); and `language` (`en`, `pt`, `pt-BR`) where it is not
    English; and `split` (`train`, `valid`, `validation`, `dev` or `test`), if the file defines the
    splits. Other columns are ignored. The delimiter is a comma, a tab, a semicolon or a bar
    (`|`). A field that contains the delimiter is quoted, and a quote within it is doubled. A suffix
    of the image such as `#0` in `a.jpg#0` is the number of the caption. The text is UTF-8.

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
    text = read_text(path)
    rows = _rows(text, _delimiter(text), path)
    place, header = next(rows, (path, []))
    columns = _columns(header)
    for name in ("image", "caption"):
        if name not in columns:
            raise CaptionFileError(
                f"{place}: the header has no column {name}; start the file with the line "
                "image,caption."
            )
    return [_caption_row(columns, row, place) for place, row in rows]


def _delimiter(text):
    """Returns the delimiter of a header; a comma if it does not name the caption columns."""
    header = next(filter(str.strip, text.split("\n")), "")
    for delimiter in _DELIMITERS:
        if {"image", "caption"} <= set(_columns(header.split(delimiter))):
            return delimiter
    return _DELIMITERS[0]


def _columns(header):
    names = [name.strip().strip('"').strip().lower() for name in header]
    return [_COLUMNS.get(name, name) for name in names]


def _rows(text: str, delimiter: str, path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yields the start and the fields of every row that is not blank."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
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
            "a caption that holds what stands between columns."
        )
    fields = dict(zip(columns, row, strict=True))
    image = re.sub(r"#\d+$", "", fields["image"].strip())
    if not image:
        raise CaptionFileError(f"{place}: no image is named; write its file in the column image.")
    language = fields.get("language", "").strip() or DEFAULT_LANGUAGE
    if not re.fullmatch("[a-z]{2,3}(-[A-Za-z0-9]+)*", language):
        raise CaptionFileError(
            f"{place}: {language!r} is not a language; write its code, such as en or pt."
        )
    return CaptionRow(image, fields["caption"], place, language, _split(fields, place))


def _split(fields, place):
    name = fields.get("split", "").strip().lower()
    if name and name not in _SPLITS:
        raise CaptionFileError(
            f"{place}: {name!r} is not a split; write train, validation or test, or leave out the "
            "column split."
        )
    return _SPLITS[name] if name else None
