"""The songs of the OpenScore Lieder Corpus that are not by Schubert."""

import os
import tarfile
from pathlib import Path

import pytest

from seqzoo.training.datasets.openscore_lieder.openscore_lieder_dataset_builder import songs_in

ARCHIVE = Path(os.environ.get("SEQZOO_DATA", ""), "lieder-others", "lieder-others.tar")


@pytest.mark.parametrize("folder", ["Schubert,_Franz", "Schubert--Franz"])
def test_schubert_is_left_out(tmp_path, folder):
    for name in (f"{folder}/Op._1/lc9.mxl", "Lang--Josephine/lc8.mxl", "Franz,_Robert/A/lc10.mxl"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "Lang--Josephine" / "lc8.mscx").touch()
    assert [path.name for path in songs_in(tmp_path)] == ["lc10.mxl", "lc8.mxl"]


@pytest.mark.skipif(not ARCHIVE.exists(), reason="no songs in SEQZOO_DATA")
def test_the_songs_of_the_archive(tmp_path):
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    songs = songs_in(tmp_path)
    assert len(songs) == 1365
    assert len({path.parent.name for path in songs}) == 125
