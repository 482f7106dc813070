"""Files of Keras from a stranger are refused before anything of them runs."""

import json
import os
import shutil
import struct
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest

from seqzoo.core.file_checks import ModelFileError
from seqzoo.layers import load_keras_model

marks = []


@keras.saving.register_keras_serializable("seqzoo_tests")
def leave_a_mark(x):
    marks.append("registered function")
    return x


@pytest.fixture(autouse=True)
def _nothing_has_run():
    marks.clear()


@pytest.fixture(params=[".keras", ".h5"])
def saved(request, tmp_path):
    """A model as Keras saves it, in both of its formats."""
    path = tmp_path / f"theirs{request.param}"
    write_model(path, keras.layers.LSTM(2))
    return path


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "theirs.keras"
    write_model(path, keras.layers.LSTM(2))
    return path


def write_model(path, layer, **compile_arguments):
    model = keras.Sequential([keras.Input((3, 2)), layer, keras.layers.Dense(1)])
    if compile_arguments:
        model.compile(**compile_arguments)
    with warnings.catch_warnings():
        # Keras says that lambdas are unsafe, and .h5 files old.
        warnings.simplefilter("ignore")
        model.save(path)


def change_config(path, change):
    """Changes the configuration of a model in its file."""
    if path.suffix == ".h5":
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            change(config)
            file.attrs["model_config"] = json.dumps(config)
        return
    with zipfile.ZipFile(path) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    config = json.loads(entries["config.json"])
    change(config)
    with zipfile.ZipFile(path, "w") as target:
        for name, content in entries.items():
            target.writestr(name, json.dumps(config) if name == "config.json" else content)


def refused(path, match):
    with pytest.raises(ModelFileError, match=match) as raised:
        load_keras_model(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert marks == []


# Code


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_of_bytes(tmp_path, suffix):
    mark = str(tmp_path / "mark")
    harm = lambda x: (__import__("os").makedirs(mark, exist_ok=True), x)[1]  # noqa: E731
    write_model(tmp_path / f"theirs{suffix}", keras.layers.Lambda(harm))
    os.rmdir(mark)
    refused(tmp_path / f"theirs{suffix}", "Lambda")
    assert not os.path.exists(mark)
    # Whoever trusts it says so, and it runs.
    load_keras_model(tmp_path / f"theirs{suffix}", safe_mode=False)
    assert os.path.exists(mark)


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_lambda_of_a_function_with_a_name(tmp_path, suffix):
    write_model(tmp_path / f"theirs{suffix}", keras.layers.Lambda(leave_a_mark))
    marks.clear()
    refused(tmp_path / f"theirs{suffix}", "Lambda")
    # By itself, Keras takes it for safe.
    keras.models.load_model(tmp_path / f"theirs{suffix}")
    assert marks


@pytest.mark.parametrize(
    "function",
    [
        {"module": "keras.utils", "class_name": "function", "config": "plot_model"},
        {"module": "keras.utils", "class_name": "plot_model", "config": {}},
        {"module": "keras.datasets.mnist", "class_name": "function", "config": "load_data"},
        {"class_name": "__lambda__", "config": {"value": ["4wEAAAA=", None, None]}},
        {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "/tmp"}},
    ],
    ids=str,
)
def test_a_function_of_keras_that_is_no_activation(saved, function):
    function = {"registered_name": None, **function}
    change_config(saved, lambda c: c["config"]["layers"][-1]["config"].update(activation=function))
    refused(saved, "may run code")


@pytest.mark.parametrize("key", ["compile_config", "build_config"])
def test_other_configurations_of_an_archive(archive, key):
    loss = {"module": "keras.utils", "class_name": "function", "config": "get_file"}
    change_config(archive, lambda config: config.update({key: {"loss": loss}}))
    refused(archive, "may run code")


def test_the_training_configuration_of_an_hdf5_file(tmp_path):
    path = tmp_path / "theirs.h5"
    write_model(path, keras.layers.LSTM(2), optimizer="sgd", loss="mse")
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["training_config"])
        config["loss"] = {"class_name": "__lambda__", "config": {"value": "4wEAAAA="}}
        file.attrs["training_config"] = json.dumps(config)
    refused(path, "training_config .* may run code")


def test_a_vocabulary_elsewhere(archive, tmp_path):
    (tmp_path / "secret").write_text("word\n")
    lookup = {
        "module": "keras.layers",
        "class_name": "StringLookup",
        "config": {"vocabulary": str(tmp_path / "secret")},
        "registered_name": None,
    }
    change_config(archive, lambda config: config["config"]["layers"].append(lookup))
    refused(archive, "names an external file, .*secret, as its vocabulary")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 10**5 + "]" * 10**5, "levels"),
        ('{"a": 1, "a": 2}', "duplicate"),
        ("{", "not valid JSON"),
    ],
    ids=["deep", "twice", "cut"],
)
def test_configurations_that_are_none(archive, content, message):
    with zipfile.ZipFile(archive) as source:
        entries = {name: source.read(name) for name in source.namelist()}
    entries["config.json"] = content
    with zipfile.ZipFile(archive, "w") as target:
        for name, entry in entries.items():
            target.writestr(name, entry)
    refused(archive, message)


# Archives


@pytest.mark.parametrize(
    "name", ["../evil", "assets/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "c:evil"]
)
def test_a_path_out_of_the_archive(archive, name):
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("assets/more", "more")
        file.writestr(name, "evil")
    refused(archive, "names a file outside itself")


def test_two_files_of_one_name(archive):
    """The one would be checked and the other loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(archive, "a") as file:
            file.writestr("config.json", "{}")
    refused(archive, "has a duplicate name")


def test_an_archive_that_unpacks_without_end(archive):
    with zipfile.ZipFile(archive, "a", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr("assets/zeros", bytes(100 * 2**20))
    refused(archive, "would unpack to")


def test_an_archive_that_lies_about_its_sizes(archive):
    with zipfile.ZipFile(archive, "a", compression=zipfile.ZIP_DEFLATED) as file:
        file.writestr("assets/zeros", bytes(20 * 2**20))
    content = bytearray(archive.read_bytes())
    real, claimed = struct.pack("<L", 20 * 2**20), struct.pack("<L", 100)
    assert content.count(real)
    archive.write_bytes(content.replace(real, claimed))
    refused(archive, "is damaged")


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_keras_does_not_use(archive, compression):
    with zipfile.ZipFile(archive, "a", compression=compression) as file:
        file.writestr("assets/more", "more")
    refused(archive, "encrypted, or compressed in an unusual way")


def test_too_many_files(archive):
    with zipfile.ZipFile(archive, "a") as file:
        for index in range(10_001):
            file.writestr(f"assets/{index}", "")
    refused(archive, "more than 10,000 files")


@pytest.mark.parametrize("share", [0, 0.2, 0.5, 0.9, 0.999])
def test_truncated(saved, share):
    os.truncate(saved, int(share * saved.stat().st_size))
    with pytest.raises(ValueError, match="theirs"):
        load_keras_model(saved)


# HDF5


def external_link(file, name, outside):
    del file[name]
    file[name] = h5py.ExternalLink(outside / "other.h5", name)


def soft_link(file, name, outside):
    file.move(name, f"{name}_")
    file[name] = h5py.SoftLink(f"/{name}_")


def external_values(file, name, outside):
    values = file[name][()]
    (outside / "values").write_bytes(values.tobytes())
    del file[name]
    place = [(str(outside / "values"), 0, values.nbytes)]
    file.create_dataset(name, values.shape, values.dtype, external=place)


def virtual_array(file, name, outside):
    layout = h5py.VirtualLayout(file[name].shape, file[name].dtype)
    layout[...] = h5py.VirtualSource(outside / "other.h5", name, file[name].shape)
    del file[name]
    file.create_virtual_dataset(name, layout)


def huge_array(file, name, outside):
    del file[name]
    file.create_dataset(name, (10**6, 10**6), "float32")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (external_link, "holds a link at"),
        (soft_link, "holds a link at"),
        (external_values, "stores its values in another file"),
        (virtual_array, "stores its values in another file"),
        (huge_array, "not stored in full"),
    ],
)
def test_weights_that_lead_elsewhere(saved, tmp_path, change, message):
    weights = tmp_path / "weights.h5"
    if saved.suffix == ".keras":
        with zipfile.ZipFile(saved) as source:
            entries = {name: source.read(name) for name in source.namelist()}
        weights.write_bytes(entries["model.weights.h5"])
    else:
        shutil.copy(saved, weights)
    shutil.copy(weights, tmp_path / "other.h5")
    with h5py.File(weights, "r+") as file:
        names = []
        file.visititems(
            lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
        )
        change(file, names[0], tmp_path)
    if saved.suffix == ".keras":
        with zipfile.ZipFile(saved, "w") as target:
            for name, entry in entries.items():
                is_weights = name == "model.weights.h5"
                target.writestr(name, weights.read_bytes() if is_weights else entry)
    else:
        shutil.copy(weights, saved)
    refused(saved, message)


def test_what_is_not_hostile_still_loads(saved):
    expected = keras.models.load_model(saved, compile=False)
    x = np.ones((1, 3, 2), "float32")
    np.testing.assert_allclose(load_keras_model(saved)(x), expected(x), rtol=1e-5)
