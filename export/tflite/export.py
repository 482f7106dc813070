"""Exports TFLite files that need only builtin operations."""

import dataclasses
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import keras
import tensorflow as tf
from tensorflow.lite.python.convert import ConverterError

from seqzoo.core.atomic import atomic_file
from seqzoo.core.keras_internals import all_layers
from seqzoo.export.errors import ExportError, reason_of
from seqzoo.export.formats.packed_files import pack
from seqzoo.export.formats.strip_tensor_names import strip_tensor_names
from seqzoo.export.graph.model_examples import Examples
from seqzoo.export.graph.signatures import (
    check_no_examples,
    sequence_signature,
    step_signature,
    tflite_signatures_of_model,
)
from seqzoo.export.graph.tracing import check_precision, write_graph
from seqzoo.export.parity.report import TOLERANCE, Export, check_parity, compare
from seqzoo.export.parity.runtimes import TFLiteRuntime
from seqzoo.export.tflite.fused import write_fused
from seqzoo.layers.kernels.targets import tflite
from seqzoo.zoo.base.signature import Signature
from seqzoo.zoo.base.task import ZooTask

QUANTIZATIONS = ("float16", "int8")
"""Storage types of the weights; with the first the interpreter computes in float32, with the
second partly in int8."""


def export_tflite(
    model: keras.Model,
    path: str | os.PathLike,
    *,
    quantize: str | None = None,
    signatures: Sequence[str] | Mapping[str, Signature] | None = None,
    form: Literal["auto", "fused"] = "auto",
    streaming: bool = False,
    representative_data: Iterable | Callable | None = None,
    files: Mapping[str, str | bytes] | None = None,
    accuracy: Callable | None = None,
    examples: Examples | None = None,
) -> Export:
    """Exports a model for TFLite's interpreter, and compares its outputs there with Keras.

    Writes the file, with only builtin operations and any batch size and length, and beside it the
    parity report, `<name>.parity.json`.

    Args:
        model: A task of the zoo; or a Functional or Sequential Keras model, with layers of seqzoo
            or `keras.layers`.
        path: The file, `*.tflite`.
        quantize: `None`; `"float16"`, which halves the size of the weights; or `"int8"`, which
            quarters it (dynamic range: activations stay float32). Defaults to `None`.
        signatures: The names of the signatures to export, of the task's `tflite_signatures` or of
            `model_signatures`; or custom `Signature`s by name, with which the model may be of any
            kind. Defaults to all signatures of the model.
        form: `"auto"`, loops of builtin operations: every layer, masks, any batch size and length.
            Or `"fused"`, one operation for each direction of an LSTM or PeepholeLSTM, for
            streaming and full int8: no masks, one sequence at a time, only the signature
            `sequence`, and `quantize` can be `"full_int8"`. See
            `seqzoo.export.tflite.fused.write_fused`. Defaults to `"auto"`.
        streaming: In the fused form, whether a call starts from the final states of the previous
            one. Defaults to `False`.
        representative_data: In the fused form with `quantize="full_int8"`, typical inputs of the
            model; see `write_fused`.
        files: Text or bytes by name to pack into the file; see
            `seqzoo.export.formats.packed_files`. The files of a task are always packed.
        accuracy: For a quantized file, a function that measures it on data: it takes a function
            `answer(signature, **inputs)` and returns scores by name. The report holds the scores
            of model and file.
        examples: Inputs of a Keras model on which the runtimes are compared; see
            `model_signatures`.

    Returns:
        The export: its path and the report.

    Raises:
        ExportError: If the model cannot run in the interpreter, for the reason in the message, or
            the interpreter gives other results than Keras.
    """
    path = Path(path)
    _check_path(path)
    check_precision(model)
    if form == "fused":
        chosen = _one_sequence_alone(model, signatures, examples)
        contents = strip_tensor_names(
            write_fused(
                model,
                streaming=streaming,
                quantize=quantize,
                representative_data=representative_data,
            )
        )
    else:
        _check_loop(form, streaming, quantize, representative_data)
        chosen = _chosen(model, signatures, examples)
        contents = convert(model, chosen, quantize)
    own_files = model.tflite_files() if isinstance(model, ZooTask) else {}
    contents = pack(contents, {**own_files, **(files or {})})
    report_file = path.with_suffix(".parity.json")
    with atomic_file(path) as aside:
        aside.write_bytes(contents)
        runtime = TFLiteRuntime(aside)
        report = compare(chosen, [runtime], TOLERANCE if quantize is None else None, accuracy)
        check_parity(report)
        with atomic_file(report_file) as report_aside:
            report.write(report_aside)
    return Export(path, report_file, report)


def _check_path(path):
    if path.suffix != ".tflite" or path.is_dir():
        raise ExportError(f"{path} cannot be a TFLite file: give a path that ends in .tflite.")


def _check_loop(form, streaming, quantize, representative_data):
    if form != "auto":
        raise ExportError(f"form must be 'auto' or 'fused', not {form!r}.")
    if streaming or representative_data is not None:
        raise ExportError(
            "streaming and representative_data are for form='fused': a loop streams with its "
            "signature `step`, and does not support full int8."
        )
    if quantize in (None, *QUANTIZATIONS):
        return
    if quantize == "full_int8":
        raise ExportError(
            "Full int8 is not possible for loops, on which TFLite's calibrator crashes: use "
            "quantize='int8', or form='fused' for LSTM and PeepholeLSTM."
        )
    raise ExportError(f"quantize must be None, 'float16' or 'int8', not {quantize!r}.")


def _one_sequence_alone(model, names, examples):
    """Returns the signature of the fused form, with examples of one sequence each."""
    if isinstance(names, Mapping) or tuple(names or ("sequence",)) != ("sequence",):
        raise ExportError(
            f"The fused form has only the signature 'sequence', not {sorted(names)}: use "
            "form='auto' for others."
        )
    signature = sequence_signature(model, examples)
    alone = [
        {name: array[row : row + 1] for name, array in example.items()}
        for example in signature.examples
        for row in range(len(next(iter(example.values()))))
    ]
    return {"sequence": dataclasses.replace(signature, examples=alone)}


def _chosen(model, wanted, examples):
    """Returns the signatures to export: those of the model by name, or the given ones."""
    if isinstance(wanted, Mapping):
        check_no_examples(examples, "signatures of your own")
        chosen = dict(wanted)
    else:
        chosen = _named(model, [wanted] if isinstance(wanted, str) else wanted, examples)
    _check_inputs(chosen)
    return chosen


def _named(model, names, examples):
    signatures = tflite_signatures_of_model(model, examples)
    unknown = set(names or ()) - signatures.keys()
    if "step" in unknown and not isinstance(model, ZooTask):
        # Its error says why there is no `step`.
        step_signature(model)
    if unknown:
        raise ExportError(
            f"The model has no signature {min(unknown)!r}: choose from {sorted(signatures)}."
        )
    return {name: signatures[name] for name in names or signatures}


def _check_inputs(signatures):
    for name, signature in signatures.items():
        for key, spec in signature.inputs.items():
            if spec.dtype == tf.string:
                raise ExportError(
                    f"Input {key!r} of signature {name!r} is text, which TFLite's interpreter does "
                    "not support: let the model take ids, and pack the vocabulary as a file."
                )


def convert(
    model: keras.Model, signatures: Mapping[str, Signature], quantize: str | None = None
) -> bytes:
    """Converts signatures to a TFLite file, without comparing it with Keras.

    Args:
        model: The model with the weights of the signatures.
        signatures: The signatures by name.
        quantize: See `export_tflite`.

    Returns:
        The contents of the file.

    Raises:
        ExportError: If an operation has no builtin form; the message names it.
    """
    with tempfile.TemporaryDirectory() as folder:
        write_graph(model, signatures, folder, tflite)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=list(signatures)
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if quantize is not None:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if quantize == "float16":
            converter.target_spec.supported_types = [tf.float16]
        try:
            return strip_tensor_names(converter.convert())
        except ConverterError as error:
            raise ExportError(_describe(error, model)) from error


def _describe(error, model):
    """Returns a short message for the long error of the converter."""
    layers = all_layers(model)
    quantized = next((layer for layer in layers if getattr(layer, "quantization_mode", None)), None)
    if quantized is not None:
        return (
            f"Layer {quantized.name!r} is quantized by Keras ({quantized.quantization_mode}), "
            "which TFLite's converter does not support: export the model as it was before "
            "`quantize`, and let export_tflite store the weights in int8, with quantize='int8'."
        )
    missing = re.findall(r"tf\.(\w+)\(", str(error))
    if not missing:
        return f"TFLite's converter refuses the model: {reason_of(error)}"
    return (
        f"The model needs {', '.join(sorted(set(missing)))}, which TFLite's interpreter lacks "
        "(they would need Flex): replace the layer that uses them, or leave out its signature."
    )
