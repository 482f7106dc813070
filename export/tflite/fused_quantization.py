"""Quantization of the fused LSTM operation."""

import collections
import copy
from collections.abc import Iterable

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.python.optimize.calibrator import Calibrator, add_intermediate_tensors
from tensorflow.lite.tools import flatbuffer_utils

from seqzoo.export.tflite.fused_layers import FusedError
from seqzoo.export.tflite.fused_operations import (
    ABSENT,
    MATRICES,
    PEEPHOLES,
    WEIGHTS,
    add_buffer,
    add_tensor,
    fused_operators,
)


def quantize_weights(file: schema.ModelT) -> None:
    """Stores W, R and the peepholes in int8; the operation quantizes its inputs at run time.

    Args:
        file: A TFLite file with fused operations, changed in place.
    """
    _unshare_weights(file)
    for operator in fused_operators(file):
        # Version 2 supports integer weights with float inputs.
        file.operatorCodes[operator.opcodeIndex].version = 2
        for place in (*MATRICES, *PEEPHOLES):
            if operator.inputs[place] != ABSENT:
                _quantize(file, file.subgraphs[0].tensors[operator.inputs[place]])


def _quantize(file, tensor):
    buffer = file.buffers[tensor.buffer]
    weights = buffer.data.view("float32")
    # From -127 to 127. If all weights are zero, any scale works.
    scale = np.abs(weights).max() / 127 or 1.0
    buffer.data = np.round(weights / scale).astype("int8").view("uint8")
    tensor.type = schema.TensorType.INT8
    tensor.quantization = schema.QuantizationParametersT(scale=[scale], zeroPoint=[0])


def _unshare_weights(file):
    """Copies weights that several fused operations share.

    The converter stores equal constants, such as zero biases, only once. In integers they differ,
    as the scale depends on the input position.
    """
    graph = file.subgraphs[0]
    uses = collections.Counter(int(i) for operator in graph.operators for i in operator.inputs)
    for operator in fused_operators(file):
        for place in WEIGHTS:
            index = int(operator.inputs[place])
            if index != ABSENT and uses[index] > 1:
                uses[index] -= 1
                tensor = copy.copy(graph.tensors[index])
                tensor.buffer = add_buffer(file, file.buffers[tensor.buffer].data)
                operator.inputs[place] = add_tensor(graph, tensor)


def quantize_throughout(file: schema.ModelT, samples: Iterable[list[np.ndarray]]) -> schema.ModelT:
    """Quantizes all computation between inputs and outputs, whose dtypes do not change.

    Args:
        file: A TFLite file with fused operations, changed in place.
        samples: Inputs of the graph, in its order.

    Returns:
        The quantized file: int8, and int16 for the cell states.

    Raises:
        FusedError: If an operation has no integer kernel.
    """
    _unshare_weights(file)
    # The operation has internal ranges, for which the calibrator needs intermediate tensors.
    calibrator = Calibrator(
        add_intermediate_tensors(bytes(flatbuffer_utils.convert_object_to_bytearray(file)))
    )
    for sample in samples:
        # One call per sample, so that its inputs are resized together and states start from zeros.
        calibrator.calibrate(lambda sample=sample: [sample])
    # The newer quantizer, `mlir_quantize`, gives this operation wrong scales.
    quantized = calibrator.calibrate_and_quantize(
        lambda: (), tf.float32, tf.float32, allow_float=True
    )
    file = flatbuffer_utils.read_model_from_bytearray(bytearray(quantized))
    if floats := _operations_in_floats(file):
        raise FusedError(
            f"TFLite has no {', '.join(floats)} in integers, which the model needs: use "
            "quantize='int8'."
        )
    return file


def _operations_in_floats(file):
    """Returns the names of operations that compute in floats, without (de)quantization."""
    graph = file.subgraphs[0]
    between = (schema.BuiltinOperator.QUANTIZE, schema.BuiltinOperator.DEQUANTIZE)
    codes = {
        file.operatorCodes[operator.opcodeIndex].builtinCode
        for operator in graph.operators
        if any(
            graph.tensors[index].type == schema.TensorType.FLOAT32
            for index in (*operator.inputs, *operator.outputs)
            if index != ABSENT
        )
    }
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    return sorted(names[code] for code in codes.difference(between))
