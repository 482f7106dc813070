"""The kernel of training: compiled loops, with the backward pass through time written by hand."""

import tensorflow as tf
from keras import ops

from seqzoo.layers.kernels.compiled import run_compiled
from seqzoo.layers.kernels.time_loop import Run, TimeLoop


def run_backpropagation(layer, sequences, initial_state, mask, training):
    """Runs the layer by its cell's equations; see `kernels`.

    Raises:
        tf.errors.InvalidArgumentError: When it runs, if `sequences` holds NaN or infinity.
    """
    cell = layer.cell
    sequences = tf.debugging.check_numerics(
        layer.in_order(sequences),
        f"Argument `sequences` of layer {layer.name!r} must hold finite numbers at all time steps "
        "that are not masked. Received NaN or infinity",
    )
    mask = None if mask is None else layer.in_order(mask)
    input_dropout = recurrent_dropout = None
    if training and cell.dropout:
        input_dropout = _stacked(cell.get_dropout_mask(sequences[:, 0]))
    if training and cell.recurrent_dropout:
        recurrent_dropout = _stacked(cell.get_recurrent_dropout_mask(initial_state[0]))
    if input_dropout is not None and input_dropout.shape[1] == 1:
        # One mask for all gates costs less on the whole sequence than at every step.
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


def _stacked(mask):
    """A dropout mask, or one for every gate, as `(batch, gates, features)`."""
    return tf.stack(mask if isinstance(mask, list) else [mask], axis=1)


def _outputs(layer, outputs, states, mask):
    """What Keras's loop returns: at a masked time step the last output, at first zeros."""
    last_output = states[0]
    if mask is not None:
        last_output = tf.where(tf.reduce_any(mask, axis=1)[:, None], last_output, 0)
    if not layer.return_sequences:
        return last_output, last_output[:, None], states
    if mask is not None:
        seen = mask if layer.zero_output_for_mask else tf.cumsum(tf.cast(mask, "int32"), axis=1) > 0
        outputs = tf.where(seen[..., None], outputs, 0)
    return last_output, outputs, states
