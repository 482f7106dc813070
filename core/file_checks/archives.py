"""Checks of `.keras` archives before they are unpacked."""

import zipfile
from pathlib import PurePosixPath

from seqzoo.core.file_checks import ModelFileError

MAX_ENTRIES = 10_000
"""The most files in an archive."""

MAX_EXPANSION = 20
"""How many times as large as the archive its contents may be. Weights hardly shrink."""

_ALWAYS_ALLOWED = 16 * 2**20


def check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """Refuses an archive that would be unpacked outside its folder, or without end.

    Args:
        archive: The open archive.
        size: The bytes of its file.

    Raises:
        ModelFileError: If it holds a path that leaves the archive, a name twice, too many files, a
            file that is encrypted or compressed unusually, or more than it can have compressed.
    """
    name, entries = archive.filename, archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_ENTRIES or len(set(names)) < len(names):
        raise ModelFileError(f"{name} holds a name twice, or more than {MAX_ENTRIES:,} files.")
    for entry in entries:
        _check_entry(entry, name)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max(MAX_EXPANSION * size, _ALWAYS_ALLOWED):
        raise ModelFileError(
            f"{name} has {size:,} bytes and would unpack to {unpacked:,}, more than "
            f"{MAX_EXPANSION} times as many: it was not unpacked."
        )


def _check_entry(entry, name):
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
        raise ModelFileError(f"{name} names a file outside itself ({entry.filename!r}).")
    is_encrypted = entry.flag_bits & 1
    if is_encrypted or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelFileError(f"{name} holds {entry.filename!r} encrypted or compressed unusually.")
