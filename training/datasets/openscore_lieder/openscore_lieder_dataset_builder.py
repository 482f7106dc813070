"""Songs by many composers from the OpenScore Lieder Corpus."""

from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.local_data import local
from seqzoo.training.data.splits import SPLITS
from seqzoo.training.datasets.openscore import HOMEPAGE, SOURCE, unpacked
from seqzoo.training.datasets.piece_builder import PieceBuilder

_FOLDER = "lieder-others"
_ARCHIVE = "lieder-others.tar"
_LEFT_OUT = "Schubert, Franz"
"""Of his songs `schubert-lieder` is made; others are kept for measurements on unseen music."""


class Builder(PieceBuilder):
    """1,365 songs for voice and piano by 125 composers, none by Schubert, split by song.

    They are read from `$SEQZOO_DATA/lieder-others` if that folder exists, and from the published
    corpus otherwise.

    Raises:
        SeqzooError: If the corpus cannot be downloaded or read.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    homepage = HOMEPAGE
    keeps_order = True

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        folder = local(_FOLDER)
        if folder and (folder / _ARCHIVE).exists():
            folder = Path(dl_manager.extract(folder / _ARCHIVE))
        folder = folder or unpacked(dl_manager, "its songs (.mxl)", _FOLDER)
        songs = songs_in(folder)
        if len(songs) < len(SPLITS):
            raise SeqzooError(
                f"{folder} has {len(songs)} songs (.mxl), too few to split: put those of {SOURCE} "
                "there."
            )
        return self.split(self.read(songs))


def songs_in(folder: Path) -> list[Path]:
    """Returns the songs by file name, without those of the composer that is left out."""
    left_out = _composer(_LEFT_OUT)
    songs = (
        path
        for path in folder.rglob("*.mxl")
        if left_out not in map(_composer, path.relative_to(folder).parts)
    )
    return sorted(songs, key=lambda path: (path.name, path))


def _composer(folder: str) -> str:
    """Returns a composer's name from a folder: `Schubert,_Franz` and `Schubert--Franz` are one."""
    return "".join(filter(str.isalpha, folder)).casefold()
