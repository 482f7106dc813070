"""Traces LSTM layers so that each direction becomes one operation of a TFLite file.

The converter does not support a fused LSTM with peepholes. So a layer is traced as a composite, a
function that the converter keeps as one operation with the weights as inputs, and
`fused_operations` replaces it by TFLite's own operation.
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
"""The name of the operation until it is replaced by TFLite's own."""

_FUSED = (keras.layers.LSTM, layers.LSTM, layers.PeepholeLSTM)
_RECURRENT = (keras.layers.RNN, layers.StackedRNN, layers.EncoderDecoder, layers.OneToMany)


@message_unchanged
class FusedError(ExportError, ValueError):
    """A model has no fused form; the message names the layer and an alternative."""


def check_layers(model: keras.Model) -> None:
    """Checks that the fused operation supports the recurrent layers of a model.

    Args:
        model: A Keras model that is built.

    Raises:
        FusedError: If a layer is not supported, or there is no recurrent layer.
    """
    every_layer = all_layers(model)
    for layer in every_layer:
        if keras.backend.is_float_dtype(layer.compute_dtype) and layer.compute_dtype != "float32":
            raise FusedError(
                f"Layer {layer.name!r} computes in {layer.compute_dtype}, which is not tested in "
                "the fused form: build the model with dtype='float32'."
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
    """Traces the layers that pass `check_layers` as composites inside the context.

    Yields:
        The names of the traced layers, one for every call.
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
    """Replaces the `call` of a layer."""
    if mask is not None or sequences_mask is not None:
        raise FusedError(
            f"Layer {layer.name!r} gets a mask, which TFLite's fused operation ignores: use "
            "form='auto', or build the model without masks and trim every sequence to its length."
        )
    if initial_state is not None:
        raise FusedError(
            f"Layer {layer.name!r} is given initial states, but TFLite's fused operation starts "
            "from zeros: use form='auto'."
        )
    if sequences.shape[0] != 1:
        raise FusedError(
            f"Layer {layer.name!r} runs on more than one sequence at a time, but TFLite's fused "
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
    """The function kept as one operation by the converter; only its output shape matters."""
    return sequences[..., :1] * weights[-1]


def _weights(cell):
    """Returns the weights in the order of the operation's inputs.

    W `(units, features)`, R `(units, units)` and the bias `(units,)` for the gates i, f, c, o;
    before the bias, the peepholes `(units,)`, if there are any, for the gates i, f, o.
    """
    # Outside the graph being traced, to get values instead of variable reads.
    with tf.init_scope():
        kernel = np.split(np.transpose(cell.kernel), 4)
        recurrent_kernel = np.split(np.transpose(cell.recurrent_kernel), 4)
        peepholes = [*np.asarray(cell.peepholes)] if hasattr(cell, "peepholes") else []
        bias = np.zeros(4 * cell.units, "float32") if cell.bias is None else np.asarray(cell.bias)
    return [tf.constant(w) for w in (*kernel, *recurrent_kernel, *peepholes, *np.split(bias, 4))]
