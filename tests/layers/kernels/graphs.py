"""What a graph says of the kernel that it runs."""

from tensorflow.core.protobuf import saved_model_pb2

_COMPILED = "_XlaMustCompile"


def is_compiled(graph_def):
    """Whether a graph, or a function in its library, calls the compiler."""
    functions = graph_def.library.function
    nodes = [*graph_def.node, *(node for function in functions for node in function.node_def)]
    return any(
        (_COMPILED in item.attr and item.attr[_COMPILED].b) for item in [*functions, *nodes]
    ) or any("Xla" in node.op for node in nodes)


def is_saved_compiled(folder):
    """`is_compiled` of a SavedModel."""
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    return any(is_compiled(meta_graph.graph_def) for meta_graph in saved.meta_graphs)
