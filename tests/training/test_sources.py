import zipfile

import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.local_data import local
from seqzoo.training.datasets.sources import downloading


@pytest.mark.parametrize(
    "error", [ConnectionError("refused"), tfds.download.DownloadError("404"), zipfile.BadZipFile()]
)
def test_what_can_be_done_without_a_download_is_said(error):
    with (
        pytest.raises(SeqzooError, match=r"^Songs cannot be .* from http://x;") as caught,
        downloading("Songs", "http://x", "its scores", "songs"),
    ):
        raise error
    assert "put its scores into the folder songs" in str(caught.value)
    assert "SEQZOO_DATA" in str(caught.value)


def test_what_was_not_published_is_refused():
    with (
        pytest.raises(SeqzooError, match=r"from http://x is not what was published"),
        downloading("Songs", "http://x", "its scores", "songs"),
    ):
        raise NonMatchingChecksumError("another")


def test_other_errors_are_not_of_the_download():
    with pytest.raises(KeyError), downloading("Songs", "http://x", "its scores", "songs"):
        raise KeyError


def test_local_files_are_found_where_they_are(tmp_path, monkeypatch):
    (tmp_path / "songs").mkdir()
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path))
    assert local("songs") == tmp_path / "songs"
    assert local("songs", "a.mxl") is None
    # Not those of the current folder, where there is no SEQZOO_DATA.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQZOO_DATA", "")
    assert local("songs") is None
    monkeypatch.delenv("SEQZOO_DATA")
    assert local("songs") is None
