"""LSTM layers traced so that each direction is one operation of a TFLite file.

The converter knows no fused LSTM with peepholes. A layer is therefore traced as a composite, a
function that the converter keeps as one operation, with the weights as its inputs, and
`fused_operations` makes TFLite's own operation of it.
"""

import contextlib
import functools
from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf

from seqzoo import layers
from seqzoo.core.keras_internals import all_layers, message_unchanged, replaced
from seqzoo.export.errors import ExportError

COMPOSITE = "SeqzooLSTM"
"""What the operation is called until it is TFLite's own."""

_FUSED = (keras.layers.LSTM, layers.LSTM, layers.PeepholeLSTM)
_RECURRENT = (keras.layers.RNN, layers.StackedRNN, layers.EncoderDecoder, layers.OneToMany)


@message_unchanged
class FusedError(ExportError, ValueError):
    """A model that has no fused form; the message names the layer and the way out."""


def check_layers(model: keras.Model) -> None:
    """Checks that the recurrent layers of a model are such as the fused operation computes.

    Args:
        model: A Keras model that is built.

    Raises:
        FusedError: If one is not, or there is none.
    """
    every_layer = all_layers(model)
    for layer in every_layer:
        if keras.backend.is_float_dtype(layer.compute_dtype) and layer.compute_dtype != "float32":
            raise FusedError(
                f"Layer {layer.name!r} computes in {layer.compute_dtype}, which the fused form is "
                "not proven for: build the model with dtype='float32'."
            )
    recurrent = [layer for layer in every_layer if isinstance(layer, _RECURRENT)]
    if not recurrent:
        raise FusedError("The model has no LSTM that could be fused: use form='auto'.")
    for layer in recurrent:
        _check_recurrent(layer)


def _check_recurrent(layer):
    what = f"Layer {layer.name!r} ({type(layer).__name__})"
    if type(layer) not in _FUSED:
        raise FusedError(
            f"{what} has no fused operation in TFLite, which has one for LSTM and PeepholeLSTM: "
            "use form='auto'."
        )
    cell = layer.cell
    if (cell.activation, cell.recurrent_activation) != (
        keras.activations.tanh,
        keras.activations.sigmoid,
    ):
        raise FusedError(
            f"{what} has other activations than tanh and sigmoid, the only ones of TFLite's fused "
            "operation: use form='auto'."
        )
    if layer.return_state:
        raise FusedError(
            f"{what} returns its states, which TFLite's fused operation keeps to itself: use "
            "return_state=False or form='auto'."
        )
    if layer.stateful:
        raise FusedError(
            f"{what} is stateful: build it with stateful=False, and export it with streaming=True "
            "to keep the states between calls."
        )


@contextlib.contextmanager
def fused_layers() -> Iterator[list[str]]:
    """Inside it the layers that `check_layers` lets pass are traced as composites.

    Yields:
        The names of the layers that were, one for every call.
    """
    traced: list[str] = []
    with contextlib.ExitStack() as patches:
        for layer_class in _FUSED:
            call = functools.partialmethod(_call, traced)
            patches.enter_context(replaced(layer_class, "call", call))
        yield traced


def _call(
    layer, traced, sequences, initial_state=None, mask=None, training=False, sequences_mask=None
):
    """Stands for the `call` of a layer."""
    if mask is not None or sequences_mask is not None:
        raise FusedError(
            f"Layer {layer.name!r} gets a mask, which TFLite's fused operation ignores: use "
            "form='auto', or build the model without masks and trim every sequence to its length."
        )
    if initial_state is not None:
        raise FusedError(
            f"Layer {layer.name!r} is given its first states, and TFLite's fused operation starts "
            "from zeros: use form='auto'."
        )
    if sequences.shape[0] != 1:
        raise FusedError(
            f"Layer {layer.name!r} runs on more than one sequence at a time, and TFLite's fused "
            "operation keeps the states of one: use form='auto'."
        )
    sequences = tf.cast(sequences, tf.float32)
    if layer.go_backwards:
        sequences = tf.reverse(sequences, [1])
    traced.append(layer.name)
    outputs = _composite(sequences, *_weights(layer.cell))
    return outputs if layer.return_sequences else outputs[:, -1]


@tf.function(
    autograph=False,
    experimental_implements=(
        f'name: "{COMPOSITE}" attr {{ key: "tfl_fusable_op" value {{ b: true }} }}'
    ),
)
def _composite(sequences, *weights):
    """What the converter keeps as one operation: of the body only the output's shape counts."""
    return sequences[..., :1] * weights[-1]


def _weights(cell):
    """The weights as the operation takes them.

    W `(units, features)`, R `(units, units)`, the peepholes `(units,)` if there are any, of the
    gates i, f, o, and the bias `(units,)`; all others of the gates i, f, c, o.
    """
    # Out of the graph that is being traced: their values, not variables to be read.
    with tf.init_scope():
        kernel = np.split(np.transpose(cell.kernel), 4)
        recurrent_kernel = np.split(np.transpose(cell.recurrent_kernel), 4)
        peepholes = [*np.asarray(cell.peepholes)] if hasattr(cell, "peepholes") else []
        bias = np.zeros(4 * cell.units, "float32") if cell.bias is None else np.asarray(cell.bias)
    return [tf.constant(w) for w in (*kernel, *recurrent_kernel, *peepholes, *np.split(bias, 4))]
