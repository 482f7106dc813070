"""What a SavedModel holds, looked at before TensorFlow loads it.

A SavedModel is a program, and TensorFlow no sandbox. Refused here is what no exported model needs:
operations that call Python, read or write files or use the network, paths out of the folder, and
variables that are not all there. A program of the operations that are left can still take all the
memory and time that there is.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import tensorflow as tf
from tensorflow.core.framework.node_def_pb2 import NodeDef
from tensorflow.core.protobuf.meta_graph_pb2 import MetaGraphDef
from tensorflow.python.framework import op_def_registry

from seqzoo.export.saved_model_file import SavedModelError, read_meta_graph
from seqzoo.layers.file_checks import ModelFileError, shown
from seqzoo.layers.file_checks.folders import check_folder

# Of the operations that TensorFlow marks as stateful, those that hold variables and tables, draw
# random numbers, call, loop and check.
_HARMLESS = re.compile(
    r"Case|If|While|StatefulPartitionedCall|Assert|CheckNumerics(V2)?|Empty|GuaranteeConst"
    r"|VarHandleOp|ReadVariableOp|Assign(Add|Sub)?VariableOp|VarIsInitializedOp|VariableShape"
    r"|DisableCopyOnRead|DestroyResourceOp|Resource(Gather(Nd)?|Scatter\w+|StridedSliceAssign)"
    r"|(Mutable)?(Dense)?HashTable(V2)?|MutableHashTableOfTensors(V2)?|InitializeTableV2"
    r"|LookupTable(Find|Size|Import|Export|Insert|Remove)V2"
    r"|TensorArray\w*V3|Stack(Push|Pop|Close)?V2"
    r"|Random(Uniform|UniformInt|StandardNormal|Shuffle|Gamma|PoissonV2)|TruncatedNormal"
    r"|ParameterizedTruncatedNormal|Multinomial|Stateful(Uniform\w*|StandardNormal\w*)"
    r"|StatefulTruncatedNormal|StatefulRandomBinomial|RngSkip|RngReadAndSkip|NonDeterministicInts"
    r"|StatelessRandomGetAlg"
)
# Of the others, those that call Python or a compiled program, or read or write files; data sets
# have many ways to do each.
_HARMFUL = re.compile(
    r"PyFuncStateless|ReadFile|MatchingFiles|InitializeTableFromTextFile|GenerateVocabRemapping"
    r"|DecodeProtoV2|EncodeProto|CustomAggregator|TPUPartitionedCall"
    r"|(Debug|Reader|Xla|_Xla)\w*|\w*Dataset\w*"
)
# What loads the variables.
_RESTORE = "RestoreV2"


def check_saved_model(folder: str | os.PathLike) -> MetaGraphDef:
    """Refuses a SavedModel that is not whole, or that does what no exported model needs.

    Args:
        folder: The folder that holds `saved_model.pb`.

    Returns:
        The graph that is tagged to be served.

    Raises:
        SavedModelError: If the SavedModel is damaged, lacks variables, leads out of its folder, or
            holds an operation that may do more than compute.
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
    served, restoring = _split(meta_graph)
    for node in served:
        _check_operation(folder, node.op)
    for node in restoring:
        if node.op != _RESTORE:
            _check_operation(folder, node.op)


def _check_operation(folder, operation):
    definition = op_def_registry.get(operation)
    if definition is None:
        raise SavedModelError(
            f"{folder} holds the operation {shown(operation)}, which TensorFlow does not have: "
            "import the library that defines it, if you trust it."
        )
    is_stateful = definition.is_stateful and not _HARMLESS.fullmatch(operation)
    if is_stateful or _HARMFUL.fullmatch(operation):
        raise SavedModelError(
            f"{folder} holds the operation {operation}, which may do more than compute: it was not "
            "loaded; run it in a sandbox, or export the model without it."
        )


def _split(meta_graph) -> tuple[list[NodeDef], list[NodeDef]]:
    """The nodes that may run in a server, and those that run when it loads the variables.

    Those of functions included. The part that would save the variables again does not run.
    """
    functions = {f.signature.name: f for f in meta_graph.graph_def.library.function}
    saver = meta_graph.saver_def
    apart = {saver.save_tensor_name.partition(":")[0], saver.restore_op_name}
    nodes = meta_graph.graph_def.node
    used = {name.lstrip("^").partition(":")[0] for node in nodes for name in node.input}
    # What a signature or another node uses, is served, whatever the saver calls its own.
    apart -= used | {name.partition(":")[0] for name in _fetched(meta_graph)}
    served = [node for node in nodes if node.name not in apart]
    # TensorFlow for Python finds functions by the objects that they belong to.
    methods = functions.keys() & meta_graph.object_graph_def.concrete_functions.keys()
    served += [node for name in methods for node in functions[name].node_def]
    restoring = [n for n in nodes if n.name in apart and n.name == saver.restore_op_name]
    return _with_called(served, functions), _with_called(restoring, functions)


def _with_called(nodes, functions) -> list[NodeDef]:
    """Nodes, and all nodes of the functions that they call."""
    found, seen, remaining = [], set(), list(nodes)
    while remaining:
        node = remaining.pop()
        if node.op not in functions:
            found.append(node)
        for name in ({*_called(node)} & functions.keys()) - seen:
            seen.add(name)
            remaining += functions[name].node_def
    return found


def _fetched(meta_graph) -> Iterable[str]:
    for signature in meta_graph.signature_def.values():
        for info in (*signature.inputs.values(), *signature.outputs.values()):
            yield info.name


def _called(node) -> Iterator[str]:
    yield node.op
    for value in node.attr.values():
        yield from (f.name for f in (value.func, *value.list.func) if f.name)


def _check_assets(folder, meta_graph):
    for asset in meta_graph.asset_file_def:
        name = asset.filename
        if not (name and Path(name).name == name and (folder / "assets" / name).is_file()):
            raise SavedModelError(
                f"{folder} names {shown(name)}, which is no file among its assets: export it again."
            )


def _check_variables(folder, meta_graph):
    if not any(node.op == "VarHandleOp" for node in meta_graph.graph_def.node):
        return
    prefix = folder / "variables" / "variables"
    stored = sum(path.stat().st_size for path in prefix.parent.glob("variables.data-*"))
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        dtypes = reader.get_variable_to_dtype_map()
        for name, shape in reader.get_variable_to_shape_map().items():
            # An array of text has at least a byte an element.
            stored -= tf.TensorShape(shape).num_elements() * max(1, dtypes[name].size)
            if stored < 0:
                raise ValueError("The arrays are larger than the files.")
            # Reading compares the checksum.
            reader.get_tensor(name)
    # TensorFlow reports what it finds by one of these.
    except (LookupError, OSError, RuntimeError, ValueError, tf.errors.OpError) as error:
        raise SavedModelError(
            f"The variables of {folder} are missing, cut off or damaged: export it again."
        ) from error
