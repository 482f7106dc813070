"""Files that an export writes and an operator may edit."""

import hashlib
from pathlib import Path

from seqzoo.core.atomic import atomic_file

_HEADER = (
    "# Written by seqzoo ({checksum}). Change it and it is yours: no export touches it again.\n"
)


def write_operator_file(path: Path, text: str) -> None:
    """Writes a file whose comments start with `#`, unless it exists and was edited.

    The first line holds a checksum of the others, which reveals edits.

    Raises:
        OSError: If the file cannot be written; an existing file is kept.
    """
    if path.exists() and not _is_as_written(path.read_bytes()):
        return
    with atomic_file(path) as aside:
        aside.write_bytes(_with_header(text.encode()))


def _is_as_written(contents):
    _, _, rest = contents.partition(b"\n")
    return contents == _with_header(rest)


def _with_header(contents):
    checksum = hashlib.sha256(contents).hexdigest()[:16]
    return _HEADER.format(checksum=checksum).encode() + contents
