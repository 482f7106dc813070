"""Weights of a preset are loaded whole, in one file or in many, by a class and by its heirs."""

import json

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

from seqzoo.core.file_checks.hdf5_files import stored_arrays
from seqzoo.zoo import NoteGenerator, PresetError
from seqzoo.zoo.presets.weights import meta_model
from tests.zoo.presets.preset_files import small_generator

# In gigabytes; the largest array, the embedding of 483 events in 2 dimensions, takes 3864 bytes.
SHARD = 4200 / 2**30


def assert_loads(preset, task, of=NoteGenerator):
    loaded = of.from_preset(preset)
    for found, weights in zip(loaded.get_weights(), task.get_weights(), strict=True):
        np.testing.assert_array_equal(found, weights)


@pytest.fixture
def sharded(tmp_path):
    small_generator(units=8).save_to_preset(tmp_path / "preset", max_shard_size=SHARD)
    return tmp_path / "preset"


@pytest.mark.parametrize("shard", [None, SHARD])
@pytest.mark.parametrize("before", [None, SHARD])
def test_the_newest_weights_are_loaded(tmp_path, before, shard):
    """The weights of an older preset in the folder may stand in files of other names."""
    small_generator(units=8).save_to_preset(tmp_path / "preset", max_shard_size=before)
    task = small_generator(units=8)
    task.save_to_preset(tmp_path / "preset", max_shard_size=shard)
    assert len(list((tmp_path / "preset").glob("model*.h5"))) == (1 if shard is None else 2)
    assert_loads(tmp_path / "preset", task)


def test_a_trained_model(tmp_path):
    """Its optimizer and its metrics have variables too, and its preprocessor has a packer."""
    task = small_generator(sequence_length=8)
    task.fit([b""], verbose=0)
    task.save_to_preset(tmp_path / "preset")
    assert_loads(tmp_path / "preset", task)


def test_an_heir_gets_all_weights(tmp_path):
    """By itself, keras-hub would leave those outside the backbone at random."""

    class Mine(NoteGenerator):
        pass

    task = small_generator()
    task.save_to_preset(tmp_path / "preset")
    assert_loads(tmp_path / "preset", task, of=Mine)


def test_without_weights_they_are_new(tmp_path):
    task = small_generator()
    task.save_to_preset(tmp_path / "preset")
    loaded = NoteGenerator.from_preset(tmp_path / "preset", load_weights=False)
    assert all(np.isfinite(weights).all() for weights in loaded.get_weights())
    assert np.any(loaded.get_weights()[0] != task.get_weights()[0])


@pytest.mark.parametrize(
    "index",
    [
        {},
        {"weight_map": {}},
        {"weight_map": []},
        {"weight_map": {"/vars": "../outside.weights.h5"}},
        {"weight_map": {"/vars": ["model_00000.weights.h5", "/etc/model_00001.weights.h5"]}},
        {"weight_map": {"/vars": "model_00001.weights.h5"}},
        {"weight_map": {"/vars": [3, None, {}]}},
    ],
    ids=str,
)
def test_an_index_that_names_other_files(sharded, index):
    (sharded / "model.weights.json").write_text(json.dumps(index))
    with pytest.raises(PresetError, match="names no weight files, or files outside"):
        NoteGenerator.from_preset(sharded)


def test_an_index_that_leads_to_the_wrong_shards(sharded):
    path = sharded / "model.weights.json"
    index = json.loads(path.read_text())
    names = sorted({name for names in index["weight_map"].values() for name in np.ravel(names)})
    swapped = {name: names[len(names) - 1 - place] for place, name in enumerate(names)}
    for key, value in index["weight_map"].items():
        index["weight_map"][key] = [swapped[name] for name in np.ravel(value)]
    path.write_text(json.dumps(index))
    with pytest.raises(PresetError, match="preset"):
        NoteGenerator.from_preset(sharded)


def test_a_missing_shard(sharded):
    (sharded / "model_00001.weights.h5").unlink()
    with pytest.raises(PresetError, match=r"lacks model_00001\.weights\.h5"):
        NoteGenerator.from_preset(sharded)


def test_an_outline_takes_no_memory_now_or_later():
    def make():
        return keras.Sequential([keras.Input((10**6,)), keras.layers.Dense(10**9)])

    model = meta_model(make)
    assert model.weights[0].shape == (10**6, 10**9)
    # Ends a scope in which Keras makes the values that it has put off.
    assert keras.layers.Dense(2)(keras.Input((3,))).shape == (None, 2)


def test_an_outline_that_fails_leaves_nothing_behind():
    def make():
        keras.layers.Dense(10**9).build((None, 10**6))
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        meta_model(make)
    assert keras.layers.Dense(2)(keras.Input((3,))).shape == (None, 2)


def test_an_outline_leaves_nothing_for_other_models_to_make():
    """Keras makes all values that wait when a model is built, and is silent if one cannot be."""

    def make():
        layer = keras.layers.Dense(3)
        layer.build((None, 2))
        return layer

    # As a model that was built by a symbolic call leaves it.
    global_state.set_global_attribute("uninitialized_variables", [])
    meta_model(make)
    assert global_state.get_global_attribute("uninitialized_variables") == []


@pytest.mark.parametrize("shard", [None, SHARD])
def test_weights_in_float16_are_loaded_in_float32(tmp_path, shard):
    task = small_generator(units=8)
    task.save_to_preset(tmp_path / "preset", max_shard_size=shard, weights_dtype="float16")
    arrays = [array for file in tmp_path.rglob("*.h5") for array in stored_arrays(file).values()]
    assert len(arrays) == len(task.weights)
    assert {array.dtype for array in arrays} == {"float16"}
    loaded = NoteGenerator.from_preset(tmp_path / "preset")
    for found, weights in zip(loaded.get_weights(), task.get_weights(), strict=True):
        assert found.dtype == "float32"
        np.testing.assert_array_equal(found, weights.astype("float16").astype("float32"))
    assert any((w != w.astype("float16")).any() for w in task.get_weights())


def test_a_weight_too_large_for_float16_is_refused(tmp_path):
    task = small_generator()
    task.backbone.weights[0].assign(task.backbone.weights[0] + 70_000)
    with pytest.raises(PresetError, match=r"above 65504.*without `weights_dtype`"):
        task.save_to_preset(tmp_path / "preset", weights_dtype="float16")
    assert not (tmp_path / "preset").exists()
    task.save_to_preset(tmp_path / "preset")
    assert_loads(tmp_path / "preset", task)


def test_another_type_of_stored_weights_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"'float16' or None\. Received: weights_dtype='int8'"):
        small_generator().save_to_preset(tmp_path / "preset", weights_dtype="int8")
