"""The pictures of a folder."""

import os
from pathlib import Path

from seqzoo.zoo.images.reader import ImageError

_READ = (".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
# Found too, so that whoever has such pictures is told that they cannot be read.
_NOT_READ = (".avif", ".heic", ".heif", ".hif", ".jp2", ".jxl", ".jxr")

ENDINGS = _READ + _NOT_READ
"""The endings of the names of pictures."""


def find_images(folder: str | os.PathLike) -> list[Path]:
    """Finds all pictures below a folder by their endings, sorted.

    Hidden files and `__MACOSX` are left out, and so are links that lead out of the folder.

    Args:
        folder: The folder.

    Returns:
        Files that end in one of `ENDINGS`, in any case. `read_image` names those that it cannot
        read, such as HEIC and AVIF.

    Raises:
        ImageError: If the folder is missing or has no pictures.
    """
    folder = Path(folder)
    if not os.path.isdir(folder):
        raise ImageError(f"{folder} is no folder; give a folder with pictures.")
    found = pictures_below(folder)
    if not found:
        raise ImageError(f"{folder} has no pictures; put files of {', '.join(_READ)} there.")
    return sorted(found)


def pictures_below(folder: Path) -> list[Path]:
    """The pictures below a folder, as `find_images` finds them, in no order; there may be none."""
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
