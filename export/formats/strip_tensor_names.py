"""A TFLite file without what only its converter needs."""

import flatbuffers
from tensorflow.lite.python import schema_py_generated as schema

FILE_IDENTIFIER = b"TFL3"
"""Of the schema, at the fifth byte of every file."""


def strip_tensor_names(contents: bytes) -> bytes:
    """The file without the names of tensors that no signature gives or returns.

    They are the paths of operations in the Python program, and in a small model as many bytes as
    the operations.

    Args:
        contents: A TFLite file.
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
