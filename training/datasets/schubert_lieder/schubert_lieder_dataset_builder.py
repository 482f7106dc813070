"""Songs by Franz Schubert from the OpenScore Lieder Corpus."""

import hashlib
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.local_data import local
from seqzoo.training.datasets.openscore import COMMIT, HOMEPAGE, SOURCE, unpacked
from seqzoo.training.datasets.piece_builder import PieceBuilder

_FOLDER = "schubert-lieder"
_SONGS = Path(__file__).with_name("songs.txt")


class Builder(PieceBuilder):
    """Eighty Lieder for voice and piano, split by song.

    The songs are those whose SHA-256 `songs.txt` lists. They are read from
    `$SEQZOO_DATA/schubert-lieder` if that folder exists, and from the published corpus otherwise.

    Raises:
        SeqzooError: If a song is missing or cannot be downloaded.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First version."}
    homepage = HOMEPAGE
    keeps_order = True

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        folder = local(_FOLDER) or unpacked(dl_manager, "its Schubert songs (.mxl)", _FOLDER)
        return self.split(self.read(_songs_in(folder)))


def _songs_in(folder: Path) -> list[Path]:
    """Returns the listed songs in the order of the list, regardless of file names."""
    listed = _SONGS.read_text("utf-8").split()
    found = {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in folder.rglob("*.mxl")}
    missing = [digest for digest in listed if digest not in found]
    if missing:
        raise SeqzooError(
            f"{folder} lacks {len(missing)} of {len(listed)} songs of the OpenScore Lieder Corpus "
            f"(commit {COMMIT[:12]}): put the files of {SOURCE} there."
        )
    return [found[digest] for digest in listed]
