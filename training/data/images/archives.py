"""Images in archives, unpacked once into a cache."""

import hashlib
import tarfile
from pathlib import Path, PurePath

from seqzoo.core.atomic import atomic_folder
from seqzoo.core.cache import cache_folder
from seqzoo.training.data.images.caption_rows import CaptionFileError
from seqzoo.zoo.images.files import ENDINGS

_ARCHIVE = "images.tar"


def unpacked_images(folder: Path) -> Path | None:
    """Returns the folder with the images of `images.tar`; `None` if a folder has no such archive.

    It is unpacked once into `seqzoo/images` in Keras's folder, and again if its size or its time
    changes. Only images are unpacked, none outside that folder.

    Args:
        folder: The folder of the archive.

    Raises:
        CaptionFileError: If the archive is damaged.
        OSError: If the disk is full.
    """
    archive = folder / _ARCHIVE
    if not archive.is_file():
        return None
    found = archive.stat()
    key = repr((str(archive.resolve()), found.st_size, found.st_mtime_ns))
    target = cache_folder("images") / hashlib.sha256(key.encode()).hexdigest()[:16]
    if target.is_dir():
        return target
    try:
        with tarfile.open(archive) as files, atomic_folder(target, found.st_size) as written:
            files.extractall(written, filter=_only_images)
    except tarfile.TarError as error:
        raise CaptionFileError(
            f"{archive} is damaged ({error}); copy or download it again."
        ) from error
    return target


def _only_images(member, target):
    """Skips all but images; refuses, as `data_filter`, what would be written elsewhere."""
    is_image = member.isfile() and PurePath(member.name).suffix.lower() in ENDINGS
    return tarfile.data_filter(member, target) if is_image else None
