"""Example requests for TF Serving's REST API."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf.meta_graph_pb2 import SignatureDef

from seqzoo.core.atomic import atomic_file
from seqzoo.export.formats.saved_model import read_meta_graph, signatures_of
from seqzoo.export.saved_model.bundle.axes import has_batch_axis
from seqzoo.export.saved_model.bundle.examples import examples_of
from seqzoo.zoo.base.signature import Signature

# The dtypes that TF Serving reads from JSON: no half precision, no complex numbers.
_JSON_DTYPES = {
    tf.bool,
    tf.string,
    tf.int8,
    tf.int16,
    tf.int32,
    tf.int64,
    tf.uint8,
    tf.uint32,
    tf.uint64,
    tf.float32,
    tf.float64,
}


def write_requests(
    folder: Path, version_folder: str | os.PathLike, signatures: Mapping[str, Signature]
) -> None:
    """Writes a request for every signature that REST can call, and removes outdated requests.

    Args:
        folder: The folder of the model's requests.
        version_folder: The folder of the SavedModel.
        signatures: The signatures by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    definitions = signatures_of(read_meta_graph(version_folder))
    written = set()
    for name, signature in signatures.items():
        example = _example(signature)
        if example is None:
            continue
        path = folder / f"{quote(name, safe='')}.json"
        with atomic_file(path) as aside:
            request = rest_request(name, example, definitions[name])
            aside.write_text(json.dumps(request) + "\n", "utf-8")
        written.add(path)
    for path in set(folder.glob("*.json")) - written:
        path.unlink()


def rest_request(name: str, example: Mapping[str, np.ndarray], definition: SignatureDef) -> dict:
    """Returns a request of TF Serving's REST API.

    It is in row format, `instances`, if all inputs and outputs have a batch axis; otherwise in
    column format, `inputs`.

    Args:
        name: The name of the signature.
        example: The inputs; text is an object array of `bytes`.
        definition: The `SignatureDef` in the SavedModel.
    """
    values = {key: _json_values(array) for key, array in example.items()}
    tensors = [*definition.inputs.values(), *definition.outputs.values()]
    if not all(has_batch_axis(info) for info in tensors):
        return {"signature_name": name, "inputs": values}
    rows = zip(*values.values(), strict=True)
    instances = [dict(zip(values, row, strict=True)) for row in rows]
    return {"signature_name": name, "instances": instances}


def _example(signature):
    """Returns the smallest example without empty arrays, whose shape JSON cannot express."""
    if not all(spec.dtype in _JSON_DTYPES for spec in signature.inputs.values()):
        return None
    examples = [e for e in examples_of(signature) if e and all(a.size for a in e.values())]
    return min(examples, key=lambda e: sum(array.size for array in e.values()), default=None)


def _json_values(array):
    if array.dtype == object:
        return np.vectorize(_json_text, otypes=[object])(array).tolist()
    if array.dtype == np.float32:
        # The shortest digits that represent the number: 0.1, not 0.10000000149011612.
        return array.astype(str).astype(float).tolist()
    return array.tolist()


def _json_text(text):
    try:
        return text.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(text).decode()}
