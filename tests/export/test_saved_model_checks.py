"""A SavedModel that is not whole, or does more than compute, is refused before it is loaded."""

import os
import shutil

import keras
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from seqzoo.export.saved_model_checks import check_saved_model
from seqzoo.export.saved_model_file import SavedModelError
from seqzoo.layers import LSTM


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A model with variables, a table, a loop and random numbers."""
    folder = tmp_path_factory.mktemp("exported") / "1"
    model = keras.Sequential([keras.Input((None, 2)), LSTM(3), keras.layers.Dense(1)])
    module = tf.Module()
    module.model = model
    module.table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(tf.constant(["a"]), tf.constant([1])), 0
    )

    @tf.function(input_signature=[tf.TensorSpec((None, 5, 2)), tf.TensorSpec((None,), tf.string)])
    def answer(x, words):
        noise = tf.random.uniform(tf.shape(x))
        found = tf.cast(module.table.lookup(words), "float32")
        return {"y": model(x + 0 * noise) + found[:, None]}

    module.variables_ = model.variables
    tf.saved_model.save(module, str(folder), signatures=answer.get_concrete_function())
    return folder


@pytest.fixture
def copy(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "1")


def change(folder, edit):
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    edit(saved.meta_graphs[0])
    (folder / "saved_model.pb").write_bytes(saved.SerializeToString())


def refused(folder, match):
    with pytest.raises(SavedModelError, match=match) as raised:
        check_saved_model(folder)
    assert "\n" not in str(raised.value)


def test_an_ordinary_model_passes(exported):
    assert "serving_default" in check_saved_model(exported).signature_def
    tf.saved_model.load(str(exported))


def save_function(function, folder, *signature):
    module = tf.Module()
    module.answer = tf.function(function, input_signature=signature)
    tf.saved_model.save(module, str(folder), signatures=module.answer.get_concrete_function())


TEXT = tf.TensorSpec((), tf.string)


def write(x):
    tf.io.write_file("/tmp/evil", x)
    return {"x": x}


def read_in_a_branch(x):
    return {"x": tf.cond(x == "", lambda: x, lambda: tf.io.read_file(x))}


def list_files(x):
    return {"x": tf.io.matching_files(x)}


def call_python(x):
    return {"x": tf.py_function(lambda value: value, [x], tf.string)}


def call_python_without_state(x):
    return {"x": tf.numpy_function(lambda value: value, [x], tf.string, stateful=False)}


def print_into_a_file(x):
    tf.print(x, output_stream="file:///tmp/evil")
    return {"x": x}


def lines_of_a_file(x):
    return {"x": tf.data.TextLineDataset(x).reduce("", lambda a, b: a + b)}


def save_a_tensor(x):
    tf.raw_ops.SaveV2(prefix=x, tensor_names=["a"], shape_and_slices=[""], tensors=[x])
    return {"x": x}


def restore_a_tensor(x):
    restored = tf.raw_ops.RestoreV2(
        prefix=x, tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.string]
    )
    return {"x": restored[0]}


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        (write, "WriteFile"),
        (read_in_a_branch, "ReadFile"),
        (list_files, "MatchingFiles"),
        (call_python, "EagerPyFunc"),
        (call_python_without_state, "PyFuncStateless"),
        (print_into_a_file, "PrintV2"),
        (lines_of_a_file, "Dataset"),
        (save_a_tensor, "SaveV2"),
        (restore_a_tensor, "RestoreV2"),
    ],
)
def test_operations_that_do_more_than_compute(tmp_path, function, operation):
    save_function(function, tmp_path / "1", TEXT)
    refused(tmp_path / "1", f"holds the operation .*{operation}.*, which may do more than compute")
    assert not os.path.exists("/tmp/evil")


def test_the_part_that_saves_may_not_be_used_for_anything_else(copy):
    """It writes where its input says; a signature that fetched it would too."""

    def fetch(meta_graph):
        info = meta_graph.signature_def["serving_default"].outputs["y"]
        info.name = meta_graph.saver_def.save_tensor_name

    change(copy, fetch)
    refused(copy, "holds the operation .*, which may do more than compute")


def test_an_operation_that_tensorflow_does_not_have(copy):
    change(copy, lambda meta_graph: meta_graph.graph_def.node.add(name="x", op="Mine"))
    refused(copy, "Mine, which TensorFlow does not have")


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "missing.txt", ""])
def test_assets_elsewhere(copy, name):
    change(copy, lambda meta_graph: meta_graph.asset_file_def.add(filename=name))
    refused(copy, "no file among its assets")


def test_links_out_of_the_folder(copy, tmp_path):
    shutil.move(copy / "variables", tmp_path / "variables")
    (copy / "variables").symlink_to(tmp_path / "variables")
    refused(copy, "is a link out of its folder")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize(
    "name",
    ["saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001"],
)
def test_cut_off(copy, name, share):
    os.truncate(copy / name, int(share * (copy / name).stat().st_size))
    refused(copy, "cut off|tagged 'serve'")


def test_a_variable_with_a_wrong_bit(copy):
    path = copy / "variables/variables.data-00000-of-00001"
    content = bytearray(path.read_bytes())
    content[10] ^= 1
    path.write_bytes(content)
    refused(copy, "missing, cut off or damaged")


@pytest.mark.parametrize("name", ["saved_model.pb", "variables"])
def test_missing(copy, name):
    path = copy / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    refused(copy, "There is no|missing, cut off or damaged")
