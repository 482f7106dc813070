"""TFLite files that run on the plain interpreter, and running them."""

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf


def write_tflite(saved_model: str | os.PathLike, signature: str, path: str | os.PathLike) -> None:
    """Converts one signature of a SavedModel; builtin operations only.

    Args:
        saved_model: The folder of the SavedModel.
        signature: The name of the signature. It must be free of loops and of strings.
        path: The file to write.

    Raises:
        tf.lite.python.convert.ConverterError: If the signature needs other operations.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(
        str(saved_model), signature_keys=[signature]
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    Path(path).write_bytes(converter.convert())


def load_tflite(path: str | os.PathLike, signature: str) -> Callable[..., dict[str, np.ndarray]]:
    """A signature of a TFLite file, as a function of named arrays."""
    with warnings.catch_warnings():
        # TensorFlow 2.21 still ships the interpreter that it says left with 2.20.
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        interpreter = tf.lite.Interpreter(model_path=str(path))
    return interpreter.get_signature_runner(signature)
