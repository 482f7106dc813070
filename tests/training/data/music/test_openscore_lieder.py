"""The songs of the OpenScore Lieder Corpus that are not by Schubert."""

import os
import tarfile
from pathlib import Path

import pytest

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.music.scores import SCORE_SETS
from seqzoo.training.datasets.openscore_lieder.openscore_lieder_dataset_builder import songs_in
from seqzoo.zoo.music.writer import write_musicxml
from tests.contracts.model_cases import melody

ARCHIVE = Path(os.environ.get("SEQZOO_DATA", ""), "lieder-others", "lieder-others.tar")


@pytest.mark.parametrize("folder", ["Schubert,_Franz", "Schubert--Franz"])
def test_schubert_is_left_out(tmp_path, folder):
    for name in (f"{folder}/Op._1/lc9.mxl", "Lang--Josephine/lc8.mxl", "Franz,_Robert/A/lc10.mxl"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    (tmp_path / "Lang--Josephine" / "lc8.mscx").touch()
    assert [path.name for path in songs_in(tmp_path)] == ["lc10.mxl", "lc8.mxl"]


@pytest.mark.parametrize("archived", [False, True])
def test_songs_are_read_from_a_folder_or_its_archive(tmp_path, monkeypatch, archived):
    folder = tmp_path / "data" / "lieder-others"
    written = tmp_path / "songs" if archived else folder
    for index in range(3):
        path = written / f"Composer--{index}" / f"lc{index}.mxl"
        path.parent.mkdir(parents=True)
        write_musicxml(melody([60, 64 + index, 67]), path)
    if archived:
        folder.mkdir(parents=True)
        with tarfile.open(folder / "lieder-others.tar", "w") as archive:
            archive.add(written, ".")
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path / "data"))
    splits = SCORE_SETS.load("openscore-lieder", data_dir=tmp_path / "prepared")
    names = [piece.name for piece in splits.train + splits.validation + splits.test]
    assert sorted(names) == ["lc0.mxl", "lc1.mxl", "lc2.mxl"]


def test_a_folder_with_too_few_songs_is_named(tmp_path, monkeypatch):
    (tmp_path / "lieder-others").mkdir()
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path))
    with pytest.raises(SeqzooError, match=r"lieder-others has 0 songs \(\.mxl\), too few"):
        SCORE_SETS.load("openscore-lieder", data_dir=tmp_path / "prepared")


@pytest.mark.skipif(not ARCHIVE.exists(), reason="no songs in SEQZOO_DATA")
def test_the_songs_of_the_archive(tmp_path):
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    songs = songs_in(tmp_path)
    assert len(songs) == 1365
    assert len({path.parent.name for path in songs}) == 125
