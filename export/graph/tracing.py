"""Traces a model's signatures and writes them as a SavedModel."""

import inspect
import os
import threading
from collections.abc import Callable, Mapping

import keras
import tensorflow as tf

from seqzoo.core.keras_internals import all_layers
from seqzoo.export.errors import ExportError
from seqzoo.export.graph.keras_twins import keras_layers_as_ours
from seqzoo.layers.kernels.targets import tflite
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask

# The contexts replace functions of Keras, which are shared by all threads.
_ONE_AT_A_TIME = threading.Lock()


def check_precision(model: keras.Model) -> None:
    """Refuses a model that computes in a dtype that the runtimes are not tested with.

    Raises:
        ExportError: If it computes in float16, bfloat16 or float64.
    """
    types = [layer.compute_dtype for layer in _computing_layers(model)]
    other = [dtype for dtype in types if dtype in ("float16", "bfloat16", "float64")]
    if other:
        raise ExportError(
            f"The model computes in {other[0]}, which is not tested in the runtimes: "
            f"{_in_float32(model)}."
        )


def _computing_layers(model):
    """Returns the model and its layers, without a task's preprocessor and tokenizer."""
    preprocessor = model.preprocessor if isinstance(model, ZooTask) else None
    aside = {id(layer) for layer in all_layers(preprocessor)} if preprocessor else ()
    return [layer for layer in all_layers(model) if id(layer) not in aside]


def _in_float32(model):
    """Returns advice on how to get the same model in float32."""
    if isinstance(model, ZooTask):
        return 'save it, and load it with `from_preset(preset, dtype="float32")`'
    return 'save it, and load it with `seqzoo.layers.load_keras_model(path, dtype="float32")`'


def write_graph(
    model: keras.Model,
    signatures: Mapping[str, Signature],
    folder: str | os.PathLike,
    target: Callable,
) -> None:
    """Writes a SavedModel with named signatures; the first is also `serving_default`.

    Args:
        model: The Keras model whose weights the signatures use.
        signatures: The signatures by name.
        folder: The folder to write to.
        target: A context of `seqzoo.layers.kernels.targets`: the runtime that the graph is for.

    Raises:
        ExportError: If TensorFlow cannot write it.
    """
    archive = keras.export.ExportArchive()
    try:
        # Keras traces once when a function is added, and again when all are written.
        with _ONE_AT_A_TIME, target(), keras_layers_as_ours(model):
            functions = [_add(archive, *named) for named in signatures.items()]
            # TFLite's converter refuses string tables, even if they are not used.
            if target is not tflite or any(map(_uses_tables, functions)):
                archive.track(_Tables(model))
            archive.write_out(str(folder), verbose=False)
    except tf.errors.OpError as error:
        reason = str(error.message).splitlines()[0]
        raise ExportError(
            f"The export cannot be written: {reason}. Nothing was written."
        ) from error


class _Tables(tf.Module):
    """Makes Keras track a model's tables; tracking the model would store all weights twice."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.model = model


def _add(archive, name, signature):
    specs = [
        tf.TensorSpec(spec.shape, spec.dtype, name=key) for key, spec in signature.inputs.items()
    ]
    function = _with_parameters(signature.function, signature.inputs)
    return archive.add_endpoint(name, function, input_signature=specs)


def _uses_tables(function):
    concrete = function.get_concrete_function()
    variables = {id(variable.handle) for variable in concrete.variables}
    resources = [each for each in concrete.captured_inputs if each.dtype == tf.resource]
    return any(id(resource) not in variables for resource in resources)


def _with_parameters(function, names):
    """Wraps a function so that it declares the given parameter names, which TensorFlow reads."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    declared = inspect.Signature([inspect.Parameter(name, kind) for name in names])

    def call(*args, **kwargs):
        return function(**declared.bind(*args, **kwargs).arguments)

    # TensorFlow reads the signature from the function.
    vars(call)["__signature__"] = declared
    return call
