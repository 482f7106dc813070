"""The portable kernel: runs the cell step by step, in plain TensorFlow operations."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import keras
from keras import ops

from seqzoo.core.keras_internals import loop_over_time
from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.targets import is_traced_for_tflite

_ANY_LENGTH = 2**31 - 1


def run_portable(
    layer: keras.layers.Layer,
    sequences: Tensor,
    initial_state: Sequence[Tensor],
    mask: Tensor | None,
    training: bool | None,
) -> tuple[Tensor, Tensor, list[Tensor]]:
    """Runs the layer's cell over time; see `kernels`."""
    # Keras's `zero_output_for_mask` would also zero a last output returned alone, and zeros the
    # wrong steps when the layer is unrolled and runs backwards.
    loop = functools.partial(
        loop_over_time,
        go_backwards=layer.go_backwards,
        unroll=layer.unroll,
        # If it is None, Keras infers it from the inputs, which fails if they are nested.
        input_length=sequences.shape[1] or _ANY_LENGTH,
        return_all_outputs=layer.return_sequences,
    )
    inputs, step = _step(layer.cell, sequences, training)
    if layer.gradient_steps:
        last_output, outputs, states = _run_cut(loop, step, layer, inputs, initial_state, mask)
    else:
        last_output, outputs, states = loop(step, inputs, initial_state, mask=mask)
    if mask is not None and layer.return_sequences and layer.zero_output_for_mask:
        outputs = ops.where(ops.expand_dims(layer.in_order(mask), -1), outputs, 0)
    return last_output, outputs, states


def _step(cell, sequences, training):
    """Returns the inputs of each step, and the step `(inputs, states) -> (output, states)`."""
    if _projects_first(cell, sequences, training):
        projected = _projected(cell, sequences, training)
        return projected, lambda frame, states: cell.step(frame, list(states), training)
    return sequences, lambda frame, states: cell(frame, list(states), training=training)


def _projected(cell, sequences, training):
    """Returns the input projection of all time steps, `(batch, time, gates * units)`."""
    if not is_traced_for_tflite():
        return cell.project(sequences, training)
    # TFLite fuses the product of a matrix, and its bias, into one operation.
    batch, time, features = ops.shape(sequences)
    projected = cell.project(ops.reshape(sequences, (-1, features)), training)
    return ops.reshape(projected, (batch, time, projected.shape[-1]))


def _projects_first(cell, sequences, training):
    """Returns whether to project all time steps in one product.

    This makes a single sequence a third faster; with several, writing and reading the large result
    costs more than it saves. In TFLite's interpreter, every operation moved out of the loop pays.
    """
    pays = sequences.shape[0] == 1 or is_traced_for_tflite()
    has_parts = cell.is_in_parts() and not (training and cell.dropout)
    return pays and has_parts


def _run_cut(loop, step, layer, inputs, initial_state, mask):
    """Runs a loop that stops the gradient of the states at every `gradient_steps`-th step.

    At masked steps Keras's loop would copy the states without stopping their gradient, so the step
    function handles the mask itself; the last output becomes a state, for masked steps to repeat.
    """

    def cut_step(inputs, states):
        frame, number, *valid = inputs
        first = (number > 0) & (number % layer.gradient_steps == 0)
        states = [ops.where(first, ops.stop_gradient(state), state) for state in states]
        output, after = step(frame, states[:-1])
        after = [*after, output]
        for v in valid:
            after = [ops.where(v, a, before) for a, before in zip(after, states, strict=True)]
        return after[-1], after

    no_output = ops.zeros((ops.shape(inputs)[0], layer.cell.output_size), inputs.dtype)
    inputs = [inputs, _time_steps(layer, inputs)]
    if mask is not None:
        inputs.append(ops.expand_dims(mask, -1))
    last_output, outputs, states = loop(cut_step, inputs, [*initial_state, no_output])
    return last_output, outputs, states[:-1]


def _time_steps(layer, sequences):
    """Returns the index of every time step in the order of the run, `(batch, time, 1)`."""
    batch, time, _ = ops.shape(sequences)
    numbers = ops.broadcast_to(ops.arange(time, dtype="int32")[None, :, None], (batch, time, 1))
    return layer.in_order(numbers)
