"""A SavedModel that is not whole, or does more than compute, is refused before it is loaded."""

import os
import re
import shutil

import keras
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from seqzoo.export.formats.allowed_operations import ALLOWED_OPERATIONS
from seqzoo.export.formats.saved_model import SavedModelError
from seqzoo.export.formats.saved_model_checks import check_saved_model
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


def abort(x):
    with tf.control_dependencies([tf.raw_ops.Abort(error_msg="", exit_without_error=True)]):
        return {"x": tf.identity(x)}


def map_a_file(x):
    held = tf.raw_ops.ImmutableConst(dtype=tf.uint8, shape=[4], memory_region_name="/etc/passwd")
    return {"x": x, "held": held}


def read_a_schema(x):
    encoded = tf.raw_ops.EncodeProto(
        sizes=[[[1]]],
        values=[[[x]]],
        field_names=["a"],
        message_type="a",
        descriptor_source="/etc/passwd",
    )
    return {"x": encoded}


def stage(x):
    tf.raw_ops.Stage(values=[x])
    return {"x": x}


def train(x):
    counts = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[])
    tf.raw_ops.ResourceApplyGradientDescent(var=counts, alpha=1.0, delta=1.0)
    return {"x": x}


@pytest.mark.parametrize(
    ("function", "operation"),
    [
        (abort, "Abort"),
        (map_a_file, "ImmutableConst"),
        (read_a_schema, "EncodeProto"),
        (stage, "Stage"),
        (train, "ResourceApplyGradientDescent"),
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


def test_a_function_that_no_node_calls(copy):
    """TensorFlow for Python makes it callable all the same."""

    def add(meta_graph):
        function = meta_graph.graph_def.library.function.add()
        function.signature.name = "unused"
        function.node_def.add(name="x", op="Abort")

    change(copy, add)
    refused(copy, "holds the operation Abort, which may do more than compute")


def test_a_function_that_passes_for_an_operation(copy):
    def add(meta_graph):
        meta_graph.graph_def.library.function.add().signature.name = "ReadFile"

    change(copy, add)
    refused(copy, "calls a function ReadFile, which is the name of an operation")


def test_the_list_is_spelt_as_tensorflow_spells_and_holds_no_family_that_does_more():
    pytest.importorskip("tensorflow_text")
    assert [name for name in ALLOWED_OPERATIONS if op_def_registry.get(name) is None] == []
    more = "File|Reader|Write(?!V3)|Restore|Save|PyFunc|Print|Abort|Dataset|Iterator|Remote|Send"
    more += "|Recv|Collective|Xla|TPU|Summary|Queue|Session|Mutex|Debug|Proto|Immutable|Train"
    assert [name for name in ALLOWED_OPERATIONS if re.search(more, name)] == []


def test_an_operation_that_tensorflow_does_not_have(copy):
    change(copy, lambda meta_graph: meta_graph.graph_def.node.add(name="x", op="Mine"))
    refused(copy, "Mine, which TensorFlow does not have")


@pytest.mark.parametrize("name", ["../../secret", "/etc/passwd", "missing.txt", ""])
def test_assets_elsewhere(copy, name):
    change(copy, lambda meta_graph: meta_graph.asset_file_def.add(filename=name))
    refused(copy, "not a file of its assets")


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
