"""Presets of a stranger are refused by a sentence, before anything of them runs or is made."""

import json
import os
import shutil
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from seqzoo.zoo import NoteGenerator, PresetError
from tests.zoo.presets.preset_files import (
    CONFIGS,
    WEIGHTS,
    array_names,
    change_everywhere,
    small_generator,
)

BACKBONE, TASK = "NoteGeneratorBackbone", "NoteGenerator"
PREPROCESSOR, TOKENIZER = "NoteGeneratorPreprocessor", "NoteTokenizer"
MODEL_WEIGHTS, TASK_WEIGHTS = WEIGHTS


@pytest.fixture(scope="module")
def preset(tmp_path_factory):
    path = tmp_path_factory.mktemp("presets") / "good"
    small_generator().save_to_preset(path)
    return path


@pytest.fixture
def copy(preset, tmp_path):
    """A copy of the preset to make hostile."""
    return shutil.copytree(preset, tmp_path / "copy")


@pytest.fixture
def outside(tmp_path):
    """A folder beside the preset, with a copy of it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


def refused(preset, match, **arguments):
    """A preset is refused by one sentence that names it."""
    with pytest.raises(PresetError, match=match) as raised:
        NoteGenerator.from_preset(preset, **arguments)
    message = str(raised.value)
    assert str(preset) in message
    assert "\n" not in message


# Code


@keras.saving.register_keras_serializable("seqzoo_tests")
class Payload(keras.layers.Layer):
    """Whatever a stranger finds registered in the process: it leaves a mark where it is made."""

    marks = []

    def __init__(self, **config):
        super().__init__()
        Payload.marks.append(config)

    @classmethod
    def from_config(cls, config):
        return cls(**config)


@keras.saving.register_keras_serializable("seqzoo_tests")
def payload_function(x):
    Payload.marks.append(x)
    return x


REGISTERED = {
    "module": "tests.zoo.presets.test_hostile_presets",
    "class_name": "Payload",
    "config": {"done": "harm"},
    "registered_name": "seqzoo_tests>Payload",
}
LAMBDA = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {
        "name": "harm",
        "function": {
            "module": "builtins",
            "class_name": "function",
            "config": "seqzoo_tests>payload_function",
            "registered_name": "function",
        },
    },
    "registered_name": None,
}


@pytest.fixture
def nothing_runs():
    """The payload leaves no mark."""
    Payload.marks.clear()
    yield
    assert Payload.marks == []


def test_the_payload_would_run():
    Payload.marks.clear()
    keras.saving.deserialize_keras_object(REGISTERED)
    assert Payload.marks == [{"done": "harm"}]
    # Keras changes what it is given.
    keras.saving.deserialize_keras_object(json.loads(json.dumps(LAMBDA)))(keras.Input((1,)))
    assert len(Payload.marks) > 1


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("payload", [REGISTERED, LAMBDA, "seqzoo_tests>payload_function"])
@pytest.mark.parametrize(
    ("of", "argument"),
    [
        (TASK, "backbone"),
        (TASK, "preprocessor"),
        (TASK, "name"),
        (BACKBONE, "dtype"),
        (BACKBONE, "cell"),
        (BACKBONE, "dropout"),
        (PREPROCESSOR, "tokenizer"),
        (PREPROCESSOR, "sequence_length"),
        (PREPROCESSOR, "vocal_range"),
        (PREPROCESSOR, "metre_changes"),
        (TOKENIZER, "dtype"),
        (TOKENIZER, "extra"),
        ("DTypePolicy", "name"),
    ],
)
def test_foreign_classes_and_functions(copy, of, argument, payload):
    change_everywhere(copy, of, lambda described: described["config"].update({argument: payload}))
    refused(copy, "names .* which does not belong to its model")


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize(
    "names",
    [
        {"registered_name": "seqzoo_tests>Payload"},
        {"module": "os", "class_name": "system", "registered_name": None},
        {"module": "builtins", "class_name": "eval", "registered_name": None},
        {"module": "keras.layers", "class_name": "Lambda", "registered_name": "Functional"},
        {"module": "keras.layers", "class_name": "Lambda", "registered_name": "Layer"},
        {"module": "keras.layers", "class_name": "TFSMLayer", "registered_name": None},
        {"module": "keras.utils", "class_name": "get_file", "registered_name": None},
        {"module": "keras.datasets.mnist", "class_name": "function", "config": "load_data"},
        {
            "module": "keras.datasets.mnist",
            "class_name": "function",
            "config": "load_data",
            "registered_name": "seqzoo>NoteTokenizer",
        },
        {"module": "keras.initializers", "class_name": "Payload", "registered_name": None},
        {"module": "keras.initializers", "class_name": "function", "config": "Zeros"},
        {"module": "keras", "class_name": "DTypePolicy", "registered_name": "seqzoo_tests>Payload"},
        {"class_name": "__lambda__", "config": {"value": ["4wEAAAAAAA==", None, None]}},
        {"class_name": ["DTypePolicy"]},
        {"module": 3},
        {"registered_name": {"class_name": "Payload"}},
    ],
)
def test_other_names_for_a_dtype(copy, names):
    change_everywhere(copy, "DTypePolicy", lambda described: described.update(names))
    refused(copy, r"names |invalid class or function name")


@pytest.mark.usefixtures("nothing_runs")
@pytest.mark.parametrize("key", ["compile_config", "build_config", "shared_object_id"])
def test_what_keras_would_call_besides_the_constructor(copy, key):
    change_everywhere(copy, BACKBONE, lambda described: described.update({key: REGISTERED}))
    refused(copy, "names .* which does not belong to its model")


def test_a_map_of_dtypes_whose_patterns_take_for_ever(copy):
    policies = {"default_policy": None, "policy_map": {"(a+)+$": "float32"}}
    names = {"module": "keras.dtype_policies", "class_name": "DTypePolicyMap", "config": policies}
    change_everywhere(copy, "DTypePolicy", lambda described: described.update(names))
    refused(copy, "DTypePolicyMap")


@pytest.mark.parametrize("config", [{"model_type": "bert"}, {"architecture": "resnet18"}])
def test_files_of_other_libraries_which_keras_hub_would_convert(copy, config):
    (copy / "config.json").write_text(json.dumps(config))
    refused(copy, "config.json does not match task.json")


# Paths


@pytest.mark.parametrize("name", [*CONFIGS, *WEIGHTS, "assets/tokenizer/vocabulary.json", "README"])
def test_a_link_out_of_the_folder(copy, outside, name):
    target = outside / Path(name).name
    target.write_text("secret")
    if (copy / name).exists():
        shutil.move(copy / name, target)
    (copy / name).symlink_to(target)
    refused(copy, "is a link out of its folder")


def test_a_folder_that_is_a_link(copy, outside):
    shutil.move(copy / "assets", outside / "assets")
    (copy / "assets").symlink_to(outside / "assets")
    refused(copy, "is a link out of its folder")


def test_links_within_the_folder_are_followed(copy):
    (copy / "all").mkdir()
    shutil.move(copy / MODEL_WEIGHTS, copy / "all" / "weights")
    (copy / MODEL_WEIGHTS).symlink_to("all/weights")
    assert NoteGenerator.from_preset(copy).backbone.units == 2


@pytest.mark.parametrize("target", ["nowhere", MODEL_WEIGHTS])
def test_links_that_lead_nowhere(copy, target):
    (copy / MODEL_WEIGHTS).unlink()
    (copy / MODEL_WEIGHTS).symlink_to(target)
    refused(copy, "is a broken link")


@pytest.mark.parametrize("name", [*CONFIGS, *WEIGHTS, "other"])
def test_a_pipe_from_which_nothing_ever_comes(copy, name):
    (copy / name).unlink(missing_ok=True)
    os.mkfifo(copy / name)
    refused(copy, "is a pipe or a device|is not a preset, it has no task.json")


def test_a_folder_in_the_place_of_a_file(copy):
    (copy / MODEL_WEIGHTS).unlink()
    (copy / MODEL_WEIGHTS).mkdir()
    refused(copy, "lacks model.weights.h5")


@pytest.mark.parametrize("of", [PREPROCESSOR, TOKENIZER])
@pytest.mark.parametrize("name", ["/etc/evil.json", "../evil.json", "a/b.json", "", "a", 3, None])
def test_a_configuration_file_elsewhere(copy, of, name):
    change_everywhere(copy, of, lambda described: described["config"].update(config_file=name))
    refused(copy, "names an external file")


@pytest.mark.parametrize("argument", ["vocabulary", "merges", "proto", "special_tokens"])
def test_a_vocabulary_elsewhere(copy, argument):
    change_everywhere(
        copy, TOKENIZER, lambda described: described["config"].update({argument: "/etc/passwd"})
    )
    refused(copy, f"names an external file, /etc/passwd, as its {argument}")


# HDF5


def first_array(path):
    return array_names(path)[0]


def replaced_by_link(make_link):
    def change(path, outside):
        name = first_array(path)
        shutil.copy(path, outside / "other.h5")
        with h5py.File(path, "r+") as file:
            del file[name]
            file[name] = make_link(outside / "other.h5", name)

    return change


def external_values(path, outside):
    name = first_array(path)
    with h5py.File(path, "r+") as file:
        values = file[name][()]
        (outside / "values").write_bytes(values.tobytes())
        del file[name]
        file.create_dataset(
            name, values.shape, values.dtype, external=[(str(outside / "values"), 0, values.nbytes)]
        )


def virtual_array(path, outside):
    name = first_array(path)
    shutil.copy(path, outside / "other.h5")
    with h5py.File(path, "r+") as file:
        shape, dtype = file[name].shape, file[name].dtype
        layout = h5py.VirtualLayout(shape, dtype)
        layout[...] = h5py.VirtualSource(outside / "other.h5", name, shape)
        del file[name]
        file.create_virtual_dataset(name, layout)


def circle(path, outside):
    with h5py.File(path, "r+") as file:
        file["layers/again"] = file["layers"]


def same_array_twice(path, outside):
    name = first_array(path)
    with h5py.File(path, "r+") as file:
        file[f"{name}_again"] = file[name]


def huge_array(path, outside):
    name = first_array(path)
    with h5py.File(path, "r+") as file:
        del file[name]
        file.create_dataset(name, (10**6, 10**6), "float32")


def huge_compressed_array(path, outside):
    name = first_array(path)
    with h5py.File(path, "r+") as file:
        del file[name]
        file.create_dataset(name, (10**5, 10**5), "float32", chunks=(100, 100), compression="gzip")


def values_never_written(path, outside):
    name = first_array(path)
    with h5py.File(path, "r+") as file:
        shape = file[name].shape
        del file[name]
        file.create_dataset(name, shape, "float32", fillvalue=1)


def texts(path, outside):
    name = first_array(path)
    with h5py.File(path, "r+") as file:
        shape = file[name].shape
        del file[name]
        file[name] = np.full(shape, "0.5", dtype=object)


def a_type(path, outside):
    with h5py.File(path, "r+") as file:
        file["layers/type"] = np.dtype("float32")


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced_by_link(h5py.ExternalLink), "holds a link at"),
        (replaced_by_link(lambda _, name: h5py.SoftLink(f"/{name}_")), "holds a link at"),
        (external_values, "stores its values in another file"),
        (virtual_array, "stores its values in another file"),
        (circle, "under two names"),
        (same_array_twice, "under two names"),
        (huge_array, "is not stored in full"),
        (huge_compressed_array, "is empty, or compressed"),
        (values_never_written, "is not stored in full"),
        (texts, "not of numbers"),
        (a_type, "is not an array"),
    ],
)
def test_weights_that_lead_elsewhere_or_hold_less_than_they_say(
    copy, outside, name, change, message
):
    change(copy / name, outside)
    refused(copy, message)


# Memory


@pytest.mark.parametrize("load_weights", [True, False])
@pytest.mark.parametrize(
    "sizes",
    [
        {"units": 10**6},
        {"units": 10**12},
        {"units": 2**31 - 1, "embedding_dim": 2**31 - 1},
        {"units": 2**63},
        {"units": 10**400},
        {"embedding_dim": 10**9},
        {"vocabulary_size": 10**12},
        {"num_layers": 10**9},
        {"num_layers": 20},
        {"units": -1},
        {"units": 2.5},
        {"units": True},
        {"vocabulary_size": 0},
    ],
    ids=str,
)
def test_sizes_that_the_weights_do_not_have(copy, sizes, load_weights):
    change_everywhere(copy, BACKBONE, lambda described: described["config"].update(sizes))
    refused(copy, "do not fit|asks for|cannot be loaded", load_weights=load_weights)


@pytest.mark.slow
def test_a_refusal_leaves_nothing_to_be_made_later(copy, preset):
    """Keras makes the values of variables late; those of a refused model must never be made."""
    sizes = {"vocabulary_size": 10**9, "embedding_dim": 10**6}
    change_everywhere(copy, BACKBONE, lambda described: described["config"].update(sizes))
    refused(copy, "do not fit")
    assert NoteGenerator.from_preset(preset).predict([b""], verbose=0).shape[-1] == 483


@pytest.mark.parametrize(
    "name",
    [
        "metadata.json",
        "image_converter.json",
        "model.weights.json",
        "assets/tokenizer/vocabulary.json",
    ],
)
def test_every_configuration_has_at_most_16_mebibytes(copy, name):
    (copy / name).write_text(json.dumps({"text": "x" * 20_000_000}))
    refused(copy, f"{name} is larger than 16,777,216 bytes")


@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[" * 10**5 + "]" * 10**5, "levels"),
        ('{"a":' * 500 + "1" + "}" * 500, "levels"),
        ('"' + "x" * 2**24 + '"', "bytes"),
        ('{"registered_name": "a", "registered_name": "b"}', "a duplicate key"),
        ("1" * 5000, "not valid JSON"),
        ("\ufeff{}", "not valid JSON"),
        ("\udcff", "not valid JSON"),
        ("null", "copy"),
        ('{"config": null}', "copy"),
    ],
    ids=range(9),
)
def test_configurations_that_are_none(copy, name, content, message):
    (copy / name).write_text(content, "utf-8", errors="surrogateescape")
    refused(copy, message)


RANGES = [None, 60, "C4 to G5", [79, 60], [60], [60.5, 79], [60, float("inf")], [[60], [79]]]


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        *(("vocal_range", each, "the lowest and the highest note of the voice") for each in RANGES),
        *(
            ("metre_changes", each, "`metre_changes` must be True, or False")
            for each in (None, 1, "yes")
        ),
    ],
    ids=str,
)
def test_rules_of_sampling_that_are_none(copy, argument, value, message):
    change_everywhere(
        copy, PREPROCESSOR, lambda described: described["config"].update({argument: value})
    )
    refused(copy, message)


def test_too_many_files(copy):
    for index in range(10_001):
        (copy / f"{index}").touch()
    refused(copy, "more than 10,000 files and folders")


# Weights that would be silently wrong


def test_the_vocabulary_of_another_size(copy):
    """Everything fits but the tokenizer."""
    task = small_generator()
    config = task.backbone.get_config() | {"vocabulary_size": 300}
    NoteGenerator(type(task.backbone)(**config), task.preprocessor).save_to_preset(copy)
    refused(copy, "vocabulary of 483 tokens for a network of 300")


@pytest.mark.parametrize("name", WEIGHTS)
def test_missing_weights(copy, name):
    (copy / name).unlink()
    refused(copy, f"lacks {name}")


@pytest.mark.parametrize("name", WEIGHTS)
def test_every_array_is_needed_and_no_other(copy, name):
    original = (copy / name).read_bytes()
    for array in array_names(copy / name):
        (copy / name).write_bytes(original)
        with h5py.File(copy / name, "r+") as file:
            file.move(array, f"{array}_of_another")
        refused(copy, "copy")
        with h5py.File(copy / name, "r+") as file:
            del file[f"{array}_of_another"]
        refused(copy, "lacking: ")
    (copy / name).write_bytes(original)
    with h5py.File(copy / name, "r+") as file:
        file["layers/of_another/vars/0"] = np.zeros(3, "float32")
    refused(copy, r"too many: float\(3,\)")


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_are_no_numbers(copy, name, value):
    for array in array_names(copy / name):
        with h5py.File(copy / name, "r+") as file:
            if file[array].dtype.kind != "f":
                continue
            kept = file[array][()]
            file[array][(-1,) * kept.ndim] = value
        refused(copy, "holds no finite numbers for")
        with h5py.File(copy / name, "r+") as file:
            file[array][...] = kept


def test_weights_of_another_kind(copy):
    name = first_array(copy / TASK_WEIGHTS)
    with h5py.File(copy / TASK_WEIGHTS, "r+") as file:
        values = file[name][()]
        del file[name]
        file[name] = values.astype("int32")
    refused(copy, "lacking: float.*too many: int")


@pytest.mark.parametrize("name", CONFIGS[1:])
def test_the_configuration_of_another_model(copy, tmp_path, name):
    small_generator(units=3, sequence_length=7).save_to_preset(tmp_path / "other")
    content = json.loads((tmp_path / "other" / name).read_text())
    # A tokenizer has nothing that could be another's but its name.
    content["config"]["name"] = "another"
    (copy / name).write_text(json.dumps(content))
    refused(copy, f"{name} does not match task.json")
