"""Presets by handles of hubs, whose downloads are replaced by folders as they leave them."""

import json
import shutil

import huggingface_hub
import kagglehub
import numpy as np
import pytest

from seqzoo.zoo import NoteGenerator, PresetError
from tests.zoo.presets.preset_files import small_generator


@pytest.fixture
def cache(tmp_path):
    """The folder of a repository in Hugging Face's cache: links to files with other names."""
    small_generator().save_to_preset(tmp_path / "preset")
    repository = tmp_path / "models--someone--notes"
    snapshot = repository / "snapshots" / "1a2b"
    (repository / "blobs").mkdir(parents=True)
    for index, path in enumerate(sorted((tmp_path / "preset").rglob("*.*"))):
        blob = shutil.copy(path, repository / "blobs" / str(index))
        link = snapshot / path.relative_to(tmp_path / "preset")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(blob)
    return snapshot


@pytest.fixture
def hugging_face(cache, monkeypatch):
    """Answers for one repository."""

    def download(repo_id, allow_patterns):
        assert (repo_id, allow_patterns) == ("someone/notes", ["*.json", "*.h5", "assets/*"])
        return str(cache)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return cache


def assert_same(handle, folder):
    expected = NoteGenerator.from_preset(folder).get_weights()
    for found, weights in zip(
        NoteGenerator.from_preset(handle).get_weights(), expected, strict=True
    ):
        np.testing.assert_array_equal(found, weights)


def test_hugging_face(hugging_face, tmp_path):
    assert_same("hf://someone/notes", tmp_path / "preset")


def test_kaggle(monkeypatch, tmp_path):
    small_generator().save_to_preset(tmp_path / "preset")
    handles = {"someone/notes/keras/small": str(tmp_path / "preset")}
    monkeypatch.setattr(kagglehub, "model_download", handles.__getitem__)
    assert_same("kaggle://someone/notes/keras/small", tmp_path / "preset")


def test_what_is_downloaded_is_checked(hugging_face):
    path = hugging_face / "task.json"
    task = json.loads(path.read_text())
    task["config"]["preprocessor"]["class_name"] = "Lambda"
    task["config"]["preprocessor"]["registered_name"] = None
    path.write_text(json.dumps(task))
    with pytest.raises(PresetError, match=r"Lambda.*which does not belong to its model"):
        NoteGenerator.from_preset("hf://someone/notes")


def test_a_link_out_of_the_repository(hugging_face, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (hugging_face / "notes.json").symlink_to(tmp_path / "secret")
    with pytest.raises(PresetError, match="is a link out of its folder"):
        NoteGenerator.from_preset("hf://someone/notes")


def test_the_cache_itself_is_no_preset(cache):
    """Only what was downloaded by its handle may link to the files of its repository."""
    with pytest.raises(PresetError, match="is a link out of its folder"):
        NoteGenerator.from_preset(cache)
