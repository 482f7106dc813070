"""What an export of seqzoo says of a model beside its graph, in `assets.extra`."""

import json
from pathlib import Path

from seqzoo.export.formats.saved_model import EXTRA_ASSETS

# Larger files are not what an export of seqzoo writes.
_SIZE_LIMIT = 2**20


def read_vocabulary(folder: Path) -> tuple[str, ...]:
    """Returns the names of the tokens in the order of their ids; none if the model has no file."""
    return tuple(_text(folder / EXTRA_ASSETS / "vocabulary.txt").splitlines())


def read_languages(folder: Path) -> tuple[str, ...]:
    """Returns the languages of a captioner, the default first; none if the model has no file."""
    try:
        settings = json.loads(_text(folder / EXTRA_ASSETS / "settings.json"))
        languages = settings["languages"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ()
    is_list = isinstance(languages, list) and all(isinstance(name, str) for name in languages)
    return tuple(languages) if is_list else ()


def _text(path):
    """Returns the text of a file; empty if there is none that can be read."""
    try:
        return path.read_text("utf-8") if path.stat().st_size <= _SIZE_LIMIT else ""
    except (OSError, ValueError):
        return ""
