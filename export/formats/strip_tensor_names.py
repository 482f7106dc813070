"""Removes tensor names from TFLite files."""

import flatbuffers
from tensorflow.lite.python import schema_py_generated as schema

FILE_IDENTIFIER = b"TFL3"
"""The identifier of the schema, at the fifth byte of every file."""


def strip_tensor_names(contents: bytes) -> bytes:
    """Removes the names of tensors that are not inputs or outputs of a signature.

    The names are the paths of operations in the Python program; in a small model they take as many
    bytes as the operations.

    Args:
        contents: The contents of a TFLite file.

    Returns:
        The contents of the new file.
    """
    model = schema.ModelT.InitFromPackedBuf(contents, 0)
    entered = {signature.subgraphIndex for signature in model.signatureDefs}
    for number, graph in enumerate(model.subgraphs):
        named = {*graph.inputs, *graph.outputs} if number in entered else ()
        for index, tensor in enumerate(graph.tensors):
            if index not in named:
                tensor.name = None
    builder = flatbuffers.Builder(len(contents))
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())
