"""Reads the metadata of a SavedModel without loading it."""

import os
from collections.abc import Mapping
from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from seqzoo.core.errors import SeqzooError

EXTRA_ASSETS = "assets.extra"
"""The folder of a SavedModel for files that the graph does not read."""


class SavedModelError(SeqzooError, ValueError):
    """A folder does not hold a SavedModel that can be served; the message says what to do."""


def read_meta_graph(folder: str | os.PathLike) -> meta_graph_pb2.MetaGraphDef:
    """Reads the graph of a SavedModel with the tag `serve`.

    Raises:
        SavedModelError: If there is no such graph, or it is damaged.
    """
    path = Path(folder) / "saved_model.pb"
    if not path.is_file():
        raise SavedModelError(f"There is no {path}: give the folder that an export wrote.")
    try:
        saved_model = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    except DecodeError as error:
        raise SavedModelError(f"{path} is cut off or not a SavedModel: export it again.") from error
    for meta_graph in saved_model.meta_graphs:
        if set(meta_graph.meta_info_def.tags) == {"serve"}:
            return meta_graph
    raise SavedModelError(f"{path} holds no graph tagged 'serve': export it again.")


def signatures_of(
    meta_graph: meta_graph_pb2.MetaGraphDef,
) -> Mapping[str, meta_graph_pb2.SignatureDef]:
    """Returns the signatures by name."""
    # The initialization of the model is stored like a signature, but is not one.
    return {
        key: signature
        for key, signature in meta_graph.signature_def.items()
        if not key.startswith("__saved_model")
    }


def operations_of(meta_graph: meta_graph_pb2.MetaGraphDef) -> list[str]:
    """Returns the sorted names of all operations, including those of functions."""
    graph = meta_graph.graph_def
    nodes = [*graph.node, *(node for f in graph.library.function for node in f.node_def)]
    return sorted({node.op for node in nodes})
