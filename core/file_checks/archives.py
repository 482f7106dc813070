"""Checks of `.keras` archives before they are unpacked."""

import zipfile
from pathlib import PurePosixPath

from seqzoo.core.file_checks import ModelFileError

MAX_ENTRIES = 10_000
"""The maximum number of files in an archive."""

MAX_EXPANSION = 20
"""The maximum ratio of unpacked to packed size. Weights hardly compress."""

_ALWAYS_ALLOWED = 16 * 2**20


def check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """Refuses an archive that would write outside its folder, or fill the disk.

    Args:
        archive: The open archive.
        size: The size of the archive file, in bytes.

    Raises:
        ModelFileError: If the archive holds a path that leaves it, a duplicate name, too many
            files, an encrypted file, a file with an unusual compression, or contents more than
            `MAX_EXPANSION` times its size (16 MiB are always allowed).
    """
    name, entries = archive.filename, archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > MAX_ENTRIES or len(set(names)) < len(names):
        raise ModelFileError(f"{name} has a duplicate name, or more than {MAX_ENTRIES:,} files.")
    for entry in entries:
        _check_entry(entry, name)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > max(MAX_EXPANSION * size, _ALWAYS_ALLOWED):
        raise ModelFileError(
            f"{name} has {size:,} bytes and would unpack to {unpacked:,} bytes, more than "
            f"{MAX_EXPANSION} times its size: it was not unpacked."
        )


def _check_entry(entry, name):
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in entry.filename:
        raise ModelFileError(f"{name} names a file outside itself ({entry.filename!r}).")
    is_encrypted = entry.flag_bits & 1
    if is_encrypted or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelFileError(
            f"{name} has a file that is encrypted, or compressed in an unusual way: "
            f"{entry.filename!r}."
        )
