"""Presets that are missing, damaged, or of another model."""

import json
import os

import pytest

from seqzoo.zoo import NoteGenerator, PresetError


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "good"
    NoteGenerator.from_sizes(embedding_dim=4, units=4, num_layers=1).save_to_preset(path)
    return path


@pytest.fixture
def copy(preset, tmp_path):
    """A copy of the preset to damage."""
    import shutil

    return shutil.copytree(preset, tmp_path / "copy")


def test_missing_preset():
    with pytest.raises(PresetError, match="There is no preset at nowhere"):
        NoteGenerator.from_preset("nowhere")


def test_folder_without_a_preset(tmp_path):
    with pytest.raises(PresetError, match=r"is no preset, it has no task\.json"):
        NoteGenerator.from_preset(tmp_path)


def test_preset_of_another_model(copy):
    config = json.loads((copy / "task.json").read_text())
    config["registered_name"] = "seqzoo>Translator"
    (copy / "task.json").write_text(json.dumps(config))
    with pytest.raises(PresetError, match="holds a preset of seqzoo>Translator, not of"):
        NoteGenerator.from_preset(copy)


@pytest.mark.parametrize("share", [0, 0.3, 0.9])
def test_truncated_weights(copy, share):
    weights = copy / "model.weights.h5"
    os.truncate(weights, int(share * weights.stat().st_size))
    with pytest.raises(PresetError, match="damaged or incomplete"):
        NoteGenerator.from_preset(copy)


def test_weights_of_another_size(copy, tmp_path):
    NoteGenerator.from_sizes(embedding_dim=4, units=5, num_layers=1).save_to_preset(
        tmp_path / "other"
    )
    os.replace(tmp_path / "other" / "model.weights.h5", copy / "model.weights.h5")
    with pytest.raises(PresetError, match="damaged or incomplete"):
        NoteGenerator.from_preset(copy)


@pytest.mark.parametrize("name", ["task.json", "config.json", "assets/tokenizer/vocabulary.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", '{"registered_name": 3}'])
def test_damaged_configuration(copy, name, content):
    (copy / name).write_text(content)
    with pytest.raises(PresetError, match="copy"):
        NoteGenerator.from_preset(copy)


def test_vocabulary_of_another_version(copy):
    path = copy / "assets/tokenizer/vocabulary.json"
    path.write_text(json.dumps(json.loads(path.read_text())[::-1]))
    with pytest.raises(PresetError, match="vocabulary"):
        NoteGenerator.from_preset(copy)
