"""The text of a file of captions."""

import codecs
from pathlib import Path

from seqzoo.training.captioning.caption_rows import CaptionFileError


def read_text(path: Path) -> str:
    """Reads UTF-8 text, with or without a byte order mark; every line ends in a line feed then.

    Raises:
        CaptionFileError: If the file cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise CaptionFileError(
            f"{path} cannot be read ({error.strerror}); check the path."
        ) from error
    try:
        return data.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise CaptionFileError(
            f"{path}, line {line}: this is not UTF-8; save the file in that encoding."
        ) from error
