"""Contents of an exported file."""

import dataclasses
import os
from pathlib import Path

import tensorflow as tf

from seqzoo.export.formats.packed_files import read_packed
from seqzoo.export.formats.saved_model import read_meta_graph, signatures_of
from seqzoo.export.formats.tflite import TFLiteFile
from seqzoo.export.parity.runtimes import CRuntime


@dataclasses.dataclass(frozen=True)
class Inspection:
    """The contents of an exported file.

    Attributes:
        kind: `"TFLite"` or `"SavedModel"`.
        bytes: The size of the file or folder, in bytes.
        signatures: For each signature the `inputs` and `outputs` by name, such as
            `float32 (?, ?, 8)`, where `?` is any size.
        operations: The names of the operations.
        files: The size of every packed file, in bytes, by name.
    """

    kind: str
    bytes: int
    signatures: dict[str, dict[str, dict[str, str]]]
    operations: list[str]
    files: dict[str, int]


def inspect(path: str | os.PathLike) -> Inspection:
    """Reads the contents of an exported file; a SavedModel is not loaded.

    Args:
        path: A `.tflite` file, or the folder of a SavedModel.

    Raises:
        SavedModelError: If the folder does not hold a SavedModel.
        TFLiteFileError: If the file is not a TFLite file.
    """
    path = Path(path)
    return _inspect_saved_model(path) if path.is_dir() else _inspect_tflite(path)


def _inspect_saved_model(folder):
    artifact = CRuntime(folder).artifact()
    signatures = {
        name: {
            "inputs": {key: _described(info) for key, info in sorted(signature.inputs.items())},
            "outputs": {key: _described(info) for key, info in sorted(signature.outputs.items())},
        }
        for name, signature in sorted(signatures_of(read_meta_graph(folder)).items())
    }
    return Inspection("SavedModel", artifact.bytes, signatures, artifact.operations, {})


def _described(info):
    return _spec(tf.as_dtype(info.dtype).name, tf.TensorShape(info.tensor_shape))


def _inspect_tflite(path):
    file = TFLiteFile(path)
    signatures = {
        name: {
            kind: {key: _spec(dtype, shape) for key, (dtype, shape) in sorted(tensors.items())}
            for kind, tensors in file.tensors(name).items()
        }
        for name in sorted(file.signatures)
    }
    files = {name: len(contents) for name, contents in read_packed(path).items()}
    return Inspection("TFLite", path.stat().st_size, signatures, file.operations(), files)


def _spec(dtype, shape):
    if shape is None or getattr(shape, "rank", 0) is None:
        return f"{dtype} of any shape"
    sizes = ["?" if size in (None, -1) else str(size) for size in shape]
    return f"{dtype} ({', '.join(sizes)})"
