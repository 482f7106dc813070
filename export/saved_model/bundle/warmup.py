"""Warm-up requests, which TF Serving runs before a version receives its first real request.

Without them the first request includes one-time work of TensorFlow, such as graph optimization.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from seqzoo.export.formats.saved_model import EXTRA_ASSETS
from seqzoo.export.saved_model.bundle.batching import MAX_REQUEST_ROWS
from seqzoo.export.saved_model.bundle.examples import examples_of, rows
from seqzoo.export.saved_model.bundle.protos import PredictionLog
from seqzoo.zoo.base.signature import Signature

WARMUP_FILE = Path(EXTRA_ASSETS, "tf_serving_warmup_requests")
"""The file of the warm-up requests, in the folder of a version."""

MAX_RECORDS = 1000
"""The maximum number of requests; TF Serving does not load a version with more."""


def write_warmup_requests(
    version_folder: str | os.PathLike, name: str, signatures: Mapping[str, Signature]
) -> None:
    """Writes the examples of the signatures as warm-up requests.

    The default signature is warmed up under both of its names, since TensorFlow prepares each name
    separately. Examples of more than `MAX_REQUEST_ROWS` rows are left out.

    Args:
        version_folder: The folder of the SavedModel.
        name: The name of the model on the server.
        signatures: The signatures by name; the first is the default.
    """
    default = next(iter(signatures.values()))
    served = {tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY: default, **signatures}
    path = Path(version_folder) / WARMUP_FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as records:
        for key, signature in served.items():
            for example in _usable(signature)[: MAX_RECORDS // len(served)]:
                records.write(_prediction_log(name, key, example).SerializeToString())


def _usable(signature):
    # A version does not load if one of its warm-up requests fails.
    examples = examples_of(signature)
    return [example for example in examples if 1 <= rows(example) <= MAX_REQUEST_ROWS]


def _prediction_log(name, signature_name, example):
    log = PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = name
    request.model_spec.signature_name = signature_name
    for key, array in example.items():
        request.inputs.add(key=key, value=tf.make_tensor_proto(array).SerializeToString())
    return log
