"""The extras of the package, and the error for a package that none has installed."""

import contextlib
from collections.abc import Iterator

from seqzoo.core.errors import SeqzooError

EXTRAS = {
    "music": ("miditok", "music21", "muspy", "scipy", "symusic", "verovio"),
    "text": ("seqeval",),
    "images": ("PIL", "pycocoevalcap", "sacrebleu", "sklearn"),
    "serving": ("starlette", "tensorflow_serving", "uvicorn"),
}
"""The modules that each extra of `setup.cfg` brings."""

TRAINING = ("matplotlib", "tensorflow_datasets")
"""The modules that the extra of every kind of data brings: music, text and images."""


class MissingPackageError(SeqzooError, ImportError):
    """A package that one of the extras brings is not installed."""


@contextlib.contextmanager
def name_missing_packages() -> Iterator[None]:
    """Says of a package that an import does not find which extra brings it.

    Raises:
        MissingPackageError: Instead of `ModuleNotFoundError`, if an extra brings the package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = missing_package(error.name)
        if missing is None:
            raise
        raise missing from error


def missing_package(module: str | None) -> MissingPackageError | None:
    """The error for a module that is not installed, or None if no extra brings it.

    Args:
        module: Its full name, as `ModuleNotFoundError.name` has it.

    >>> print(missing_package("music21.note"))
    The package music21 is not installed: pip install 'seqzoo[music]' brings it.
    """
    package = (module or "").partition(".")[0]
    missing = f"The package {package} is not installed: pip install "
    if package in TRAINING:
        extras = "'seqzoo[music]', 'seqzoo[text]' or 'seqzoo[images]', for what you train"
        return MissingPackageError(f"{missing}{extras}, brings it.")
    for extra, packages in EXTRAS.items():
        if package in packages:
            return MissingPackageError(f"{missing}'seqzoo[{extra}]' brings it.")
    return None
