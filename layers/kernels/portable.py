"""The kernel of plain operations: the cell, step by step, in whatever TensorFlow runs on."""

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
    # Keras's own zeros for masked outputs would also replace a last output that stands
    # alone, and are misplaced when the layer is unrolled and goes backwards.
    loop = functools.partial(
        loop_over_time,
        go_backwards=layer.go_backwards,
        unroll=layer.unroll,
        # Keras reads it off the inputs if it is None, and can't where they are several.
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
    """The input projection of all time steps, `(batch, time, gates * units)`."""
    if not is_traced_for_tflite():
        return cell.project(sequences, training)
    # Of a matrix it is one operation there, with the bias in it.
    batch, time, features = ops.shape(sequences)
    projected = cell.project(ops.reshape(sequences, (-1, features)), training)
    return ops.reshape(projected, (batch, time, projected.shape[-1]))


def _projects_first(cell, sequences, training):
    """Whether to project all time steps in one product.

    A single sequence gains a third by it; several would only write and read a large array more.
    In TFLite's interpreter every operation that leaves the loop is a gain.
    """
    pays = sequences.shape[0] == 1 or is_traced_for_tflite()
    has_parts = cell.is_in_parts() and not (training and cell.dropout)
    return pays and has_parts


def _run_cut(loop, step, layer, inputs, initial_state, mask):
    """Runs a loop that lets no gradient through to the states at every `gradient_steps`-th step.

    Keras's loop would carry the states past a masked step uncut, so the steps look after the mask
    themselves; the last output becomes a state, for a masked step to repeat.
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
    """The number of every time step in the order of the run, `(batch, time, 1)`."""
    batch, time, _ = ops.shape(sequences)
    numbers = ops.broadcast_to(ops.arange(time, dtype="int32")[None, :, None], (batch, time, 1))
    return layer.in_order(numbers)
