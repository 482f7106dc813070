"""Optional dependencies (extras), and the error for one that is not installed."""

import contextlib
from collections.abc import Iterator

from seqzoo.core.errors import SeqzooError

EXTRAS = {
    "music": ("miditok", "music21", "muspy", "scipy", "symusic", "verovio"),
    "text": ("seqeval",),
    "images": ("PIL", "pycocoevalcap", "sacrebleu", "sklearn"),
    "serving": ("starlette", "tensorflow_serving", "uvicorn"),
}
"""The modules that each extra of `setup.cfg` installs."""

TRAINING = ("matplotlib", "tensorflow_datasets")
"""The modules that each of the extras `music`, `text` and `images` installs."""


class MissingPackageError(SeqzooError, ImportError):
    """A package of one of the extras is not installed."""


@contextlib.contextmanager
def name_missing_packages() -> Iterator[None]:
    """Names the extra to install if an import inside the context does not find its package.

    Raises:
        MissingPackageError: Instead of `ModuleNotFoundError`, if an extra installs the package.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = missing_package(error.name)
        if missing is None:
            raise
        raise missing from error


def missing_package(module: str | None) -> MissingPackageError | None:
    """Returns the error for a module that is not installed, or None if no extra installs it.

    Args:
        module: The full name of the module, as in `ModuleNotFoundError.name`.

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
