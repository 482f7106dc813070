"""Search for the image files that captions name, tolerant of spelling variants."""

import difflib
import os
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path, PurePath

from seqzoo.zoo.images.files import ENDINGS, pictures_below

# Names with a lower similarity are not considered misspellings of each other.
_LIKENESS = 0.75


class ImageSearch:
    """Finds images in folders.

    A name matches a file if it equals the file's name, up to letter case and Unicode normalization,
    or the file's name without its extension. A file that matches one image exactly is not assigned
    to any other, and a name that matches several files is ambiguous and finds none.

    Args:
        folders: The folders, in the order of the search.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders
        self._fitting: dict[Path, dict[str, list[Path]]] = {}

    def find_all(self, images: Iterable[PurePath]) -> dict[PurePath, Path | None]:
        """Finds the file of each image; `None` if none matches. Names may include folders."""
        exact = {image: self._find_exact(image) for image in dict.fromkeys(images)}
        taken = set(exact.values())
        return {image: path or self._find_alike(image, taken) for image, path in exact.items()}

    def nearest(self, image: PurePath, taken: Collection[Path]) -> Path | None:
        """Returns the file whose name is most similar to an image's, if any is similar enough.

        Args:
            image: An image that was not found.
            taken: Files that belong to other images.
        """
        folders = [folder for folder in self._folders if folder.is_dir()]
        paths = [path for folder in folders for path in pictures_below(folder)]
        free = {_key(path.name): path for path in paths if path not in taken}
        alike = difflib.get_close_matches(_key(image.name), free, n=1, cutoff=_LIKENESS)
        return free[alike[0]] if alike else None

    def places(self) -> str:
        """Returns the existing folders, for messages."""
        return " and ".join(str(folder) for folder in self._folders if folder.is_dir())

    def _find_exact(self, image):
        # Unlike `Path.is_file`, this accepts names of any length.
        paths = (folder / image for folder in self._folders)
        return next((path for path in paths if os.path.isfile(path)), None)

    def _find_alike(self, image, taken):
        for folder in self._folders:
            fitting = self._names(folder / image.parent).get(_key(image.name), ())
            if len(fitting) == 1 and fitting[0] not in taken:
                return fitting[0]
        return None

    def _names(self, folder):
        """Returns the files of a folder by the names that match them."""
        if folder not in self._fitting:
            names: dict[str, list[Path]] = {}
            for path in _files(folder):
                keys = {_key(path.name)}
                if path.suffix.lower() in ENDINGS:
                    keys.add(_key(path.stem))
                for key in keys:
                    names.setdefault(key, []).append(path)
            self._fitting[folder] = names
        return self._fitting[folder]


def _files(folder):
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_file())
    except (OSError, ValueError):
        # The folder does not exist, or its name is invalid.
        return []


def _key(name):
    return unicodedata.normalize("NFC", name).casefold()
