"""The fused TFLite form: every direction of a recurrent layer is one operation.

The operation is TFLite's `UNIDIRECTIONAL_SEQUENCE_LSTM`, which supports peepholes. This form is for
streaming, and for models that compute only in integers. TFLite Micro runs the operation of an LSTM;
its kernel has no peepholes. The loops of `export` support every layer, masks and any batch size.
"""

import dataclasses
import tempfile
from collections.abc import Callable, Iterable

import keras
import tensorflow as tf
from tensorflow.lite.tools import flatbuffer_utils

from seqzoo.export.graph.model_examples import inputs_by_name
from seqzoo.export.graph.signatures import sequence_without_examples
from seqzoo.export.graph.stepper import Stepper
from seqzoo.export.graph.stream_proof import NoStepError
from seqzoo.export.tflite.fused_layers import FusedError, check_layers, fused_layers
from seqzoo.export.tflite.fused_operations import check_operations, fuse, reset_states
from seqzoo.export.tflite.fused_quantization import quantize_throughout, quantize_weights

QUANTIZATIONS = ("float16", "int8", "full_int8")
"""Storage types of the weights; with the last one, the model also computes in int8."""


def write_fused(
    model: keras.Model,
    *,
    streaming: bool = False,
    quantize: str | None = None,
    representative_data: Iterable | Callable | None = None,
) -> bytes:
    """Converts a model to TFLite with one builtin operation per direction of a recurrent layer.

    The file has one signature, `sequence`, with the names of `model_signatures`, for one sequence
    at a time: batch size 1, any length.

    Args:
        model: A Functional or Sequential model that is built. Its recurrent layers are
            `seqzoo.layers.LSTM`, `PeepholeLSTM` or `keras.layers.LSTM` with tanh and sigmoid,
            alone or in `Bidirectional`, and without masks.
        streaming: Whether a call starts from the final states of the previous call instead of
            zeros: consecutive chunks of a sequence then give the same outputs as the whole. All
            chunks must have the same length, as the interpreter resets the states when the shape
            of an input changes; its `reset_all_variables()` starts a new sequence. Defaults to
            `False`.
        quantize: `None`; `"float16"`, which halves the size of the weights; `"int8"`, which
            quarters it (dynamic range: inputs, states and outputs stay float32); or `"full_int8"`,
            which computes everything between inputs and outputs in integers: for processors
            without floating point, on others it is slower. Defaults to `None`.
        representative_data: Only for `"full_int8"`: a few tens of typical inputs of the model. A
            list, each a dictionary of arrays by the names of the inputs, a list of arrays in the
            model's order, or the array of the only input; or, as in TFLite, a function that yields
            them. Arrays have a batch axis; each row is a separate sequence. These inputs determine
            the range of every tensor.

    Returns:
        The contents of the file.

    Raises:
        ExportError: If the model has no fused form; the message says what to do.
    """
    _check_quantize(quantize, representative_data)
    check_layers(model)
    if streaming:
        _check_stream(model)
    signature = _signature_of_one_sequence(model)
    file = _convert(model, signature, quantize)
    fuse(file)
    if quantize == "int8":
        quantize_weights(file)
    if quantize == "full_int8":
        file = quantize_throughout(file, _samples(file, model, signature, representative_data))
    if not streaming:
        reset_states(file)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(file))


def _check_quantize(quantize, representative_data):
    if quantize not in (None, *QUANTIZATIONS):
        raise FusedError(
            f"quantize must be None, 'float16', 'int8' or 'full_int8', not {quantize!r}."
        )
    if quantize == "full_int8" and representative_data is None:
        raise FusedError(
            "quantize='full_int8' needs representative_data, from which it determines the range "
            "of every tensor: give a few tens of typical inputs of the model."
        )
    if quantize != "full_int8" and representative_data is not None:
        raise FusedError("representative_data is for quantize='full_int8': leave it out.")


def _check_stream(model):
    try:
        Stepper(model)
    except NoStepError as error:
        raise FusedError(
            f"The model cannot run as a stream, use streaming=False: {error}"
        ) from error


def _signature_of_one_sequence(model):
    signature = sequence_without_examples(model)
    for name, spec in signature.inputs.items():
        if spec.dtype == tf.string:
            raise FusedError(
                f"Input {name!r} is text, which TFLite's interpreter does not support: let the "
                "model take ids."
            )
        if spec.shape[0] not in (None, 1):
            raise FusedError(
                f"Input {name!r} is for a batch of {spec.shape[0]}, and the fused form runs one "
                "sequence at a time: build the model for any batch."
            )
    inputs = {
        name: tf.TensorSpec([1, *spec.shape[1:]], spec.dtype, name=name)
        for name, spec in signature.inputs.items()
    }
    return dataclasses.replace(signature, inputs=inputs)


def _convert(model, signature, quantize):
    module = tf.Module()
    # Only the weights: a saved model would add its own function, for any batch size.
    module.weights = [variable.value for variable in model.variables]
    module.function = tf.function(signature.function, autograph=False)
    with fused_layers() as traced:
        function = module.function.get_concrete_function(**signature.inputs)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"sequence": function})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder, signature_keys=["sequence"])
        converter.allow_custom_ops = True
        if quantize in ("float16", "int8"):
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        file = flatbuffer_utils.read_model_from_bytearray(bytearray(converter.convert()))
    check_operations(file, traced)
    return file


def _samples(file, model, signature, representative_data):
    """Returns the representative data in the order of the graph's inputs, one sequence each."""
    names = {tensor.tensorIndex: tensor.name.decode() for tensor in file.signatureDefs[0].inputs}
    order = [names[index] for index in file.subgraphs[0].inputs]
    examples = representative_data() if callable(representative_data) else representative_data
    specs = {
        name: tf.TensorSpec([None, *spec.shape[1:]], spec.dtype)
        for name, spec in signature.inputs.items()
    }
    keras_names = dict(zip((tensor.name for tensor in model.inputs), specs, strict=True))
    return [
        [example[name][row : row + 1] for name in order]
        for example in inputs_by_name("representative_data", examples, specs, keras_names)
        for row in range(len(example[order[0]]))
    ]
