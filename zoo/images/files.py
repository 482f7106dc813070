"""Search for pictures in folders."""

import os
from pathlib import Path

from seqzoo.zoo.images.reader import ImageError

_READ = (".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# Found too, so that users get a message that these formats are not supported.
_NOT_READ = (".avif", ".heic", ".heif", ".hif", ".jp2", ".jxl", ".jxr")

ENDINGS = _READ + _NOT_READ
"""File name extensions of pictures."""


def find_images(folder: str | os.PathLike) -> list[Path]:
    """Finds all pictures below a folder by their extensions, sorted.

    Hidden files, `__MACOSX` and links that leave the folder are ignored.

    Args:
        folder: The folder.

    Returns:
        Files with an extension in `ENDINGS`, in any letter case. `read_image` raises errors for
        formats that it cannot read, such as HEIC and AVIF.

    Raises:
        ImageError: If the folder is missing or has no pictures.
    """
    folder = Path(folder)
    if not os.path.isdir(folder):
        raise ImageError(f"{folder} is not a folder; give a folder with pictures.")
    found = pictures_below(folder)
    if not found:
        raise ImageError(f"{folder} has no pictures; put files of {', '.join(_READ)} there.")
    return sorted(found)


def pictures_below(folder: Path) -> list[Path]:
    """Returns the pictures below a folder, unsorted; unlike `find_images`, there may be none."""
    root = folder.resolve()
    return [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS
        and not any(
            part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts
        )
        and path.is_file()
        and path.resolve().is_relative_to(root)
    ]
