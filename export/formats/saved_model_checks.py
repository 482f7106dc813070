"""Checks of a SavedModel before TensorFlow loads it.

A SavedModel is a program, and TensorFlow is not a sandbox. Only operations of an allowlist are
accepted: those that exported models compute with, and none that reads or writes files, uses the
network, calls Python, or ends the process. Paths out of the folder and incomplete variables are
also refused. A program of allowed operations can still use unlimited memory and time.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework.function_pb2 import FunctionDef
from tensorflow.core.framework.node_def_pb2 import NodeDef
from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef
from tensorflow.python.framework import op_def_registry

from seqzoo.core.file_checks import ModelFileError, shown
from seqzoo.core.file_checks.folders import check_folder
from seqzoo.export.formats.allowed_operations import ALLOWED_OPERATIONS
from seqzoo.export.formats.saved_model import SavedModelError, read_meta_graph

# The operation that loads the variables.
_RESTORE = "RestoreV2"

_Functions = Mapping[str, FunctionDef]


def check_saved_model(folder: str | os.PathLike) -> MetaGraphDef:
    """Refuses a SavedModel that is incomplete, or contains more than an exported model needs.

    Args:
        folder: The folder that holds `saved_model.pb`.

    Returns:
        The graph with the tag `serve`.

    Raises:
        SavedModelError: If the SavedModel is damaged, lacks variables, refers to files outside its
            folder, or holds an operation that may do more than compute.
    """
    folder = Path(folder)
    try:
        check_folder(folder)
    except ModelFileError as error:
        raise SavedModelError(str(error)) from error
    meta_graph = read_meta_graph(folder)
    _check_operations(folder, meta_graph)
    _check_assets(folder, meta_graph)
    _check_variables(folder, meta_graph)
    return meta_graph


def _check_operations(folder, meta_graph):
    for function in meta_graph.graph_def.library.function:
        _check_name(folder, function.signature.name)
    served, restoring = _split(meta_graph)
    for node in served:
        _check_operation(folder, node.op)
    for node in restoring:
        if node.op != _RESTORE:
            _check_operation(folder, node.op)


def _check_name(folder, function):
    """Refuses a function with the name of an operation."""
    if op_def_registry.get(function) is not None:
        raise SavedModelError(
            f"{folder} calls a function {function}, which is the name of an operation: export it "
            "again."
        )


def _check_operation(folder, operation):
    if op_def_registry.get(operation) is None:
        raise SavedModelError(
            f"{folder} holds the operation {shown(operation)}, which TensorFlow does not have: "
            "import the library that defines it, if you trust it."
        )
    if operation not in ALLOWED_OPERATIONS:
        raise SavedModelError(
            f"{folder} holds the operation {operation}, which may do more than compute: it was not "
            "loaded; run it in a sandbox, or export the model without it."
        )


def _split(meta_graph: MetaGraphDef) -> tuple[list[NodeDef], list[NodeDef]]:
    """Returns the nodes that may run in a server, and those that run when variables are loaded.

    The nodes of functions are included, whether or not a node calls them. The part of the graph
    that saves variables never runs.
    """
    functions = {f.signature.name: f for f in meta_graph.graph_def.library.function}
    saver = meta_graph.saver_def
    apart = {saver.save_tensor_name.partition(":")[0], saver.restore_op_name}
    nodes = meta_graph.graph_def.node
    used = {name.lstrip("^").partition(":")[0] for node in nodes for name in node.input}
    # Nodes used by a signature or another node are served, even if the saver claims them.
    apart -= used | {name.partition(":")[0] for name in _fetched(meta_graph)}
    of_saver = [node for node in nodes if node.name in apart]
    restoring = [node for node in of_saver if node.name == saver.restore_op_name]
    # TensorFlow in Python also finds functions through the objects that own them.
    methods = functions.keys() & meta_graph.object_graph_def.concrete_functions.keys()
    served = [node for node in nodes if node.name not in apart]
    for name in functions.keys() - _called_from(of_saver, functions) | methods:
        served += functions[name].node_def
    return _with_called(served, functions), _with_called(restoring, functions)


def _with_called(nodes: Iterable[NodeDef], functions: _Functions) -> list[NodeDef]:
    """Returns the nodes and all nodes of the functions that they call."""
    called = [node for name in _called_from(nodes, functions) for node in functions[name].node_def]
    return [node for node in (*nodes, *called) if node.op not in functions]


def _called_from(nodes: Iterable[NodeDef], functions: _Functions) -> set[str]:
    """Returns the names of the functions that nodes call, directly or indirectly."""
    seen: set[str] = set()
    remaining = list(nodes)
    while remaining:
        for name in ({*_called(remaining.pop())} & functions.keys()) - seen:
            seen.add(name)
            remaining += functions[name].node_def
    return seen


def _fetched(meta_graph: MetaGraphDef) -> Iterable[str]:
    for signature in meta_graph.signature_def.values():
        for info in (*signature.inputs.values(), *signature.outputs.values()):
            yield info.name


def _called(node: NodeDef) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        yield from (f.name for f in (value.func, *value.list.func) if f.name)


def _check_assets(folder, meta_graph):
    for asset in meta_graph.asset_file_def:
        name = asset.filename
        if not (name and Path(name).name == name and (folder / "assets" / name).is_file()):
            raise SavedModelError(
                f"{folder} names {shown(name)}, which is not a file of its assets: export it again."
            )


def _check_variables(folder, meta_graph):
    if not any(node.op == "VarHandleOp" for node in meta_graph.graph_def.node):
        return
    prefix = folder / "variables" / "variables"
    try:
        stored = sum(path.stat().st_size for path in prefix.parent.glob("variables.data-*"))
        reader = tf.train.load_checkpoint(str(prefix))
        dtypes = reader.get_variable_to_dtype_map()
        for name, shape in reader.get_variable_to_shape_map().items():
            # An array of strings has at least one byte per element.
            stored -= tf.TensorShape(shape).num_elements() * max(1, dtypes[name].size)
            if stored < 0:
                raise ValueError("The arrays are larger than the files.")
            # Reading verifies the checksum.
            reader.get_tensor(name)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise SavedModelError(
            f"The variables of {folder} do not fit into the free memory: free some."
        ) from error
    # TensorFlow reports damage with one of these errors.
    except (LookupError, OSError, RuntimeError, ValueError, tf.errors.OpError) as error:
        raise SavedModelError(
            f"The variables of {folder} are missing, cut off or damaged: export it again."
        ) from error
