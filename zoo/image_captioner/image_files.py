"""The pictures of a folder."""

import os
from pathlib import Path

from seqzoo.zoo.image_captioner.image_reader import ImageError

_ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


def find_images(folder: str | os.PathLike) -> list[Path]:
    """Finds all pictures below a folder by their endings, sorted.

    Hidden files and `__MACOSX` are left out, and so are links that lead out of the folder.

    Args:
        folder: The folder.

    Returns:
        Files that end in .bmp, .gif, .jpeg, .jpg, .png, .tif, .tiff or .webp, in any case.

    Raises:
        ImageError: If the folder is missing or has no pictures.
    """
    folder = Path(folder)
    if not os.path.isdir(folder):
        raise ImageError(f"{folder} is no folder; give a folder with pictures.")
    root = folder.resolve()
    found = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in _ENDINGS
        and not any(
            part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts
        )
        and path.is_file()
        and path.resolve().is_relative_to(root)
    ]
    if not found:
        raise ImageError(f"{folder} has no pictures; put files of {', '.join(_ENDINGS)} there.")
    return sorted(found)
