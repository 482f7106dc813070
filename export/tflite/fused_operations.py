"""Replaces the composites of `fused_layers` by TFLite's fused LSTM operation."""

import copy

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

from seqzoo.export.tflite.fused_layers import COMPOSITE, FusedError

MATRICES, PEEPHOLES, WEIGHTS = range(1, 9), range(9, 12), range(1, 16)
"""Positions of the weights among the inputs of the operation; the last four are the biases."""
ABSENT = -1
"""The index of an absent input."""

_STATES = range(18, 20)
_LSTM = schema.BuiltinOperator.UNIDIRECTIONAL_SEQUENCE_LSTM
_DTYPES = {
    schema.TensorType.FLOAT32: "float32",
    schema.TensorType.INT8: "int8",
    schema.TensorType.INT16: "int16",
}


def check_operations(file: schema.ModelT, traced: list[str]) -> None:
    """Checks that a file holds builtin operations, no loop, and a composite for every layer.

    Args:
        file: The output of the converter.
        traced: The names of the layers that are composites in the graph.

    Raises:
        FusedError: If a check fails.
    """
    codes = [file.operatorCodes[operator.opcodeIndex] for operator in _operators(file)]
    customs = [code.customCode.decode() for code in codes if code.customCode]
    if lacking := sorted({name.removeprefix("Flex") for name in customs} - {COMPOSITE}):
        raise FusedError(
            f"The model needs {', '.join(lacking)}, which TFLite's interpreter lacks (they would "
            "need Flex): replace the layer that uses them."
        )
    is_loop = any(code.builtinCode == schema.BuiltinOperator.WHILE for code in codes)
    if is_loop or customs.count(COMPOSITE) != len(traced):
        raise FusedError(
            f"The model has a loop beside those of its LSTM layers ({', '.join(traced)}) or around "
            "them, so it has no fused form: use form='auto'."
        )


def _operators(file):
    return [operator for graph in file.subgraphs for operator in graph.operators]


def fuse(file: schema.ModelT) -> None:
    """Replaces every composite by TFLite's operation.

    Its states are variables of the interpreter: zeros at first, then the final states of the
    previous call.

    Args:
        file: A TFLite file, which is changed in place.
    """
    for code in file.operatorCodes:
        if code.customCode == COMPOSITE.encode():
            code.customCode = None
            code.builtinCode = code.deprecatedBuiltinCode = _LSTM
    for operator in fused_operators(file):
        _fuse(file.subgraphs[0], operator)


def fused_operators(file: schema.ModelT) -> list[schema.OperatorT]:
    """Returns the fused operations of a file."""
    return [
        operator
        for operator in file.subgraphs[0].operators
        if file.operatorCodes[operator.opcodeIndex].builtinCode == _LSTM
    ]


def _fuse(graph, operator):
    sequences, *weights = operator.inputs
    matrices, peepholes, biases = weights[:8], weights[8:-4], weights[-4:]
    name = graph.tensors[operator.outputs[0]].name
    shape = [1, *graph.tensors[biases[0]].shape]
    states = [
        add_tensor(graph, schema.TensorT(name=name + suffix, shape=shape, isVariable=True))
        for suffix in (b"/h", b"/c")
    ]
    no_projection, no_layer_norm = [ABSENT] * 2, [ABSENT] * 4
    operator.inputs = [
        sequences,
        *matrices,
        *(peepholes or [ABSENT] * 3),
        *biases,
        *no_projection,
        *states,
        *no_layer_norm,
    ]
    operator.customOptions = None
    operator.builtinOptionsType = schema.BuiltinOptions.UnidirectionalSequenceLSTMOptions
    operator.builtinOptions = schema.UnidirectionalSequenceLSTMOptionsT(
        fusedActivationFunction=schema.ActivationFunctionType.TANH
    )


def reset_states(file: schema.ModelT) -> None:
    """Makes every call start from zero states, written by new operations at the start.

    An operation may write into a variable of the interpreter. The new operation is REVERSE_V2 of
    constant zeros along the batch axis of size 1, which is a copy. Others do not work: ZEROS_LIKE
    cannot write the zero point of quantized integers, which may be any number; TILE of constants
    runs once for all calls; and a delegate that takes the operation, as XNNPACK does with SLICE,
    may run it too late. The new operations come first and have no dependencies, so they run before
    the states are read.

    Args:
        file: A TFLite file with fused operations, in floats or integers, changed in place.
    """
    graph = file.subgraphs[0]
    code = schema.BuiltinOperator.REVERSE_V2
    # Integers need version 3.
    file.operatorCodes.append(
        schema.OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=code, version=3)
    )
    batch_axis = schema.TensorT(name=b"batch_axis", shape=[1], type=schema.TensorType.INT32)
    batch_axis = _add_constant(file, batch_axis, np.zeros(1, "int32"))
    graph.operators[:0] = [
        schema.OperatorT(
            opcodeIndex=len(file.operatorCodes) - 1,
            inputs=[_add_zeros(file, graph.tensors[operator.inputs[place]]), batch_axis],
            outputs=[operator.inputs[place]],
            builtinOptionsType=schema.BuiltinOptions.ReverseV2Options,
            builtinOptions=schema.ReverseV2OptionsT(),
        )
        for operator in fused_operators(file)
        for place in _STATES
    ]


def _add_zeros(file, state):
    """Adds a constant like a state, filled with zeros."""
    zeros = copy.copy(state)
    zeros.name, zeros.isVariable = state.name + b"/zeros", False
    zero = 0 if state.type == schema.TensorType.FLOAT32 else state.quantization.zeroPoint[0]
    return _add_constant(file, zeros, np.full(state.shape, zero, _DTYPES[state.type]))


def _add_constant(file, tensor, values):
    tensor.buffer = add_buffer(file, values)
    return add_tensor(file.subgraphs[0], tensor)


def add_tensor(graph: schema.SubGraphT, tensor: schema.TensorT) -> int:
    """Adds a tensor to a graph; returns its index."""
    graph.tensors.append(tensor)
    return len(graph.tensors) - 1


def add_buffer(file: schema.ModelT, values: np.ndarray) -> int:
    """Adds the values of a constant to a file; returns the index of their buffer."""
    file.buffers.append(schema.BufferT(data=values.reshape(-1).view("uint8")))
    return len(file.buffers) - 1
