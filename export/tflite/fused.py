"""The fused TFLite form: every direction of a recurrent layer is one operation.

It is TFLite's `UNIDIRECTIONAL_SEQUENCE_LSTM`, which has peepholes among its inputs: the form for
streams, and for models in integers throughout. TFLite Micro runs that of an LSTM; its kernel has no
peepholes. The form of `tflite` knows every layer, masks and any batch.
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
"""What weights can be stored as, and with the last one also computed in."""


def write_fused(
    model: keras.Model,
    *,
    streaming: bool = False,
    quantize: str | None = None,
    representative_data: Iterable | Callable | None = None,
) -> bytes:
    """A TFLite file in which every direction of every recurrent layer is one builtin operation.

    It has one signature, `sequence`, with the names of `model_signatures`, for one sequence at a
    time: the batch is 1, the time is any.

    Args:
        model: A Functional or Sequential model that is built. Its recurrent layers are
            `seqzoo.layers.LSTM`, `PeepholeLSTM` or `keras.layers.LSTM` with tanh and sigmoid,
            alone or in `Bidirectional`; masks do not reach them.
        streaming: Whether a call starts from the states that the last one left, not from zeros:
            the chunks of a sequence, one after the other, then answer what the whole would. All
            are of one length, as the interpreter forgets the states when an input changes its
            shape; its `reset_all_variables()` starts a new sequence. Defaults to `False`.
        quantize: `None`; `"float16"`, which halves the weights; `"int8"`, which quarters them
            (dynamic range: inputs, states and outputs stay float32); or `"full_int8"`, in which
            everything between the inputs and the outputs is integers: for processors without
            floats, on others it is slower. Defaults to `None`.
        representative_data: For `"full_int8"`, and for nothing else: some tens of inputs such as
            the model will see. A list, each a dictionary of arrays by the names of the inputs, a
            list of arrays in the model's order, or the array of the only input; or, as TFLite
            takes them, a function that yields such. Arrays have a batch axis, whose rows are
            sequences by themselves. The range of every tensor is what it is on these.

    Returns:
        The file.

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
            "quantize='full_int8' needs representative_data, from which it learns the range of "
            "every tensor: give some tens of inputs such as the model will see."
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
                f"Input {name!r} is text, which TFLite's interpreter has no operations for: let "
                "the model take ids."
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
    # The weights alone: a model is saved with a function of its own, for any batch.
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
    """The representative data in the order of the graph's inputs, one sequence at a time."""
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
