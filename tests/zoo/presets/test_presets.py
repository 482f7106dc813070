"""Presets that are missing, damaged, or of another model."""

import json
import os

import keras
import keras_nlp
import pytest

from seqzoo.zoo import NoteGenerator, NoteGeneratorBackbone, PresetError


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "good"
    NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1).save_to_preset(path)
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
    with pytest.raises(PresetError, match=r"is not a preset, it has no task\.json"):
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
    NoteGenerator.from_examples(embedding_dim=4, units=5, num_layers=1).save_to_preset(
        tmp_path / "other"
    )
    os.replace(tmp_path / "other" / "model.weights.h5", copy / "model.weights.h5")
    with pytest.raises(PresetError, match="do not fit its configuration"):
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


def test_a_folder_with_other_things_is_never_touched(tmp_path):
    (tmp_path / "thesis.txt").write_text("ten years")
    task = NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1)
    for place in (tmp_path, tmp_path / "thesis.txt"):
        with pytest.raises(PresetError, match="nothing is lost"):
            task.save_to_preset(place)
    assert (tmp_path / "thesis.txt").read_text() == "ten years"


def test_a_model_card_survives_a_newer_preset(copy):
    (copy / "README.md").write_text("# Model card")
    NoteGenerator.from_examples(embedding_dim=4, units=5, num_layers=1).save_to_preset(copy)
    assert (copy / "README.md").read_text() == "# Model card"
    assert NoteGenerator.from_preset(copy).backbone.units == 5


@pytest.mark.representative("float32")
@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_preset_keeps_its_precision(tmp_path, policy):
    keras.config.set_dtype_policy(policy)
    try:
        NoteGenerator.from_examples(embedding_dim=4, units=4, num_layers=1).save_to_preset(
            tmp_path / "preset"
        )
    finally:
        keras.config.set_dtype_policy("float32")
    assert NoteGenerator.from_preset(tmp_path / "preset").backbone.dtype_policy.name == policy
    again = NoteGenerator.from_preset(tmp_path / "preset", dtype="float32")
    assert again.backbone.compute_dtype == "float32"


def test_a_subclass_loads_what_its_base_wrote(preset):
    class Mine(NoteGenerator):
        pass

    assert isinstance(Mine.from_preset(preset), NoteGenerator)


def test_tokenizer_backbone_and_base_classes_load_from_a_preset(preset):
    tokenizer = keras_nlp.tokenizers.Tokenizer.from_preset(str(preset))
    assert tokenizer.vocabulary_size() == 483
    assert NoteGeneratorBackbone.from_preset(str(preset)).units == 4
    assert isinstance(keras_nlp.models.CausalLM.from_preset(str(preset)), NoteGenerator)
