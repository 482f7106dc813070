"""Batching in TF Serving: merges requests of several clients into one batch.

TF Serving concatenates inputs along their first axis, so all inputs must have one. It refuses rows
of different shapes, or with `pad_variable_length_inputs` pads them with the first value of the
request instead of the model's padding, which a recurrent network would read as data. So requests
are merged only for models whose rows all have the same shape. The settings are in the folder of
the version, where a server with `--enable_per_model_batching_parameters` finds them.
"""

import os
from pathlib import Path

from seqzoo.export.formats.saved_model import read_meta_graph, signatures_of
from seqzoo.export.saved_model.bundle.axes import has_batch_axis, has_fixed_rows

BATCHING_FILE = "batching_params.pbtxt"
"""The file with the batching settings of a model, in the folder of a version."""

MAX_REQUEST_ROWS = 1024
"""The maximum number of rows of a request; a server that merges requests refuses more."""

_PARAMETERS = f"""\
# Rows that are computed together, and microseconds to wait for more of them.
max_execution_batch_size {{ value: 32 }}
batch_timeout_micros {{ value: 1000 }}
# Rows of one request; a longer one than a batch is split.
max_batch_size {{ value: {MAX_REQUEST_ROWS} }}
enable_large_batch_splitting {{ value: true }}
# Batches that wait; further requests are refused as UNAVAILABLE.
max_enqueued_batches {{ value: 128 }}
"""


def write_batching_parameters(version_folder: str | os.PathLike) -> None:
    """Writes settings with which TF Serving merges requests, if that cannot change the outputs."""
    signatures = signatures_of(read_meta_graph(version_folder)).values()
    if all(_is_mergeable(signature) for signature in signatures):
        Path(version_folder, BATCHING_FILE).write_text(_PARAMETERS, "utf-8")


def _is_mergeable(signature):
    inputs, outputs = signature.inputs.values(), signature.outputs.values()
    return (
        bool(inputs)
        and all(has_batch_axis(info) and has_fixed_rows(info) for info in inputs)
        and all(has_batch_axis(info) for info in outputs)
    )
