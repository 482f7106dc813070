"""The cuDNN kernel, for the same GPUs and layer arguments as in Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.portable import run_portable


def run_cudnn(
    layer: keras.layers.Layer,
    sequences: Tensor,
    initial_state: Sequence[Tensor],
    mask: Tensor | None,
    training: bool | None,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Runs the layer with `layer.call_cudnn`; see `kernels`.

    cuDNN supports only padding on the right and no empty sequences; other batches run on the
    portable kernel.
    """
    if training and layer.cell.dropout:
        # Input dropout is all that differs in training: cuDNN runs no recurrent dropout.
        sequences = sequences * layer.cell.get_dropout_mask(sequences[:, 0])[:, None]
    try:
        return _run(layer, sequences, initial_state, mask)
    except NotImplementedError:
        # Keras raises this if cuDNN is missing or does not support the call.
        if layer.use_cudnn is True:
            raise
        return run_portable(layer, sequences, initial_state, mask, training=False)


def cudnn_arguments(layer: keras.layers.Layer) -> dict[str, Any]:
    """Returns the arguments that Keras's cuDNN functions need from every layer."""
    cell = layer.cell
    return {
        "kernel": cell.kernel,
        "recurrent_kernel": cell.recurrent_kernel,
        "bias": cell.bias,
        "activation": cell.activation,
        "recurrent_activation": cell.recurrent_activation,
        "return_sequences": layer.return_sequences,
        "go_backwards": layer.go_backwards,
        "unroll": layer.unroll,
    }


def _run(layer, sequences, initial_state, mask):
    if mask is None:
        return layer.call_cudnn(sequences, initial_state, None)

    def cudnn():
        _, outputs, states = layer.call_cudnn(sequences, initial_state, mask)
        if layer.return_sequences:
            # At masked steps cuDNN outputs zeros; Keras's loop repeats the last output.
            padding = 0 if layer.zero_output_for_mask else _repeated(layer, states[0])
            outputs = ops.where(layer.in_order(mask)[..., None], outputs, padding)
        return states[0], outputs, list(states)

    def portable():
        # Input dropout has already been applied, and there is no recurrent dropout.
        last_output, outputs, states = run_portable(
            layer, sequences, initial_state, mask, training=False
        )
        return last_output, outputs, list(states)

    return tf.cond(_is_right_padded(mask), cudnn, portable)


def _repeated(layer, last_output):
    """Returns the output at masked steps: the last output, or zeros before the first output."""
    return 0 if layer.go_backwards else last_output[:, None]


def _is_right_padded(mask):
    lengths = tf.reduce_sum(tf.cast(mask, "int32"), axis=1)
    prefix = tf.sequence_mask(lengths, tf.shape(mask)[1])
    return tf.reduce_all(prefix == mask) & tf.reduce_all(lengths > 0) & (tf.size(mask) > 0)
