"""Batching in TF Serving: requests of several clients in one batch.

It concatenates inputs along their first axis, so all of them must have one. Rows of unlike shapes
it refuses, or with `pad_variable_length_inputs` lengthens by repeating the first value of the
request, not by the model's padding: a recurrent network would read that. So requests are merged
for models whose rows all have one shape, and for no others; the settings are in the folder of the
version, where a server with `--enable_per_model_batching_parameters` finds them.
"""

import os
from pathlib import Path

from seqzoo.export.formats.saved_model import read_meta_graph, signatures_of
from seqzoo.export.saved_model.bundle.axes import has_batch_axis, has_fixed_rows

BATCHING_FILE = "batching_params.pbtxt"
"""Where TF Serving looks for the settings of a model, in the folder of a version."""

MAX_REQUEST_ROWS = 1024
"""Rows of one request; above it a server that merges requests refuses."""

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
    """Lets TF Serving merge requests to a SavedModel, if that cannot change an answer."""
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
