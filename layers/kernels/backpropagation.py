"""The training kernel: compiled loops, with a hand-written backward pass through time."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.compiled import run_compiled
from seqzoo.layers.kernels.time_loop import Run, TimeLoop


def run_backpropagation(
    layer: keras.layers.Layer,
    sequences: Tensor,
    initial_state: Sequence[Tensor],
    mask: Tensor | None,
    training: bool | None,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Runs the layer with its cell's equations; see `kernels`.

    Raises:
        tf.errors.InvalidArgumentError: When it runs, if `sequences` holds NaN.
    """
    cell = layer.cell
    sequences = layer.in_order(sequences)
    if training:
        sequences = _checked(sequences, layer)
    mask = None if mask is None else layer.in_order(mask)
    input_dropout = recurrent_dropout = None
    if training and cell.dropout:
        input_dropout = _stacked(cell.get_dropout_mask(sequences[:, 0]))
    if training and cell.recurrent_dropout:
        recurrent_dropout = _stacked(cell.get_recurrent_dropout_mask(initial_state[0]))
    if input_dropout is not None and input_dropout.shape[1] == 1:
        # One mask for all gates is cheaper to apply to the whole sequence than at every step.
        sequences, input_dropout = sequences * input_dropout, None
    run = Run(
        sequences,
        list(initial_state),
        {weight.name: ops.convert_to_tensor(weight) for weight in cell.weights},
        mask=mask,
        input_dropout=input_dropout,
        recurrent_dropout=recurrent_dropout,
    )
    loop = TimeLoop(cell.equations(), layer.gradient_steps)
    outputs, states = run_compiled(loop, run, layer.return_sequences, bool(training))
    return _outputs(layer, outputs, states, mask)


def _checked(sequences, layer):
    """Returns the sequences, with a check that they hold no NaN.

    A diverged model has NaN in its weights and passes NaN from layer to layer; the loss, and
    callbacks that watch it, report that. Such an update makes all weights NaN, so checking one row
    is enough.
    """
    weights_are_numbers = tf.reduce_all(tf.math.is_finite(layer.cell.recurrent_kernel[0]))
    holds_nan = tf.reduce_any(tf.math.is_nan(sequences))
    message = (
        f"Argument `sequences` of layer {layer.name!r} must hold numbers at all time steps that "
        "are not masked. Received: NaN"
    )
    check = tf.debugging.Assert(~(holds_nan & weights_are_numbers), [message])
    with tf.control_dependencies([check]):
        return tf.identity(sequences)


def _stacked(mask):
    """Returns one dropout mask, or one for every gate, as `(batch, gates, features)`."""
    return tf.stack(mask if isinstance(mask, list) else [mask], axis=1)


def _outputs(layer, outputs, states, mask):
    """Returns the outputs as Keras's loop does: masked steps repeat the last output, or zeros."""
    last_output = states[0]
    if mask is not None:
        last_output = tf.where(tf.reduce_any(mask, axis=1)[:, None], last_output, 0)
    if not layer.return_sequences:
        return last_output, last_output[:, None], states
    if mask is not None:
        seen = mask if layer.zero_output_for_mask else tf.cumsum(tf.cast(mask, "int32"), axis=1) > 0
        outputs = tf.where(seen[..., None], outputs, 0)
    return last_output, outputs, states
