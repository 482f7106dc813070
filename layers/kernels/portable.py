"""The kernel of plain operations: the cell, step by step, in whatever TensorFlow runs on."""

import functools

from keras import ops

# Keras has no public name for its loop over time.
from keras.src import backend


def run_portable(layer, sequences, initial_state, mask, training):
    """Runs the layer's cell over time; see `kernels`."""

    def step(inputs, states):
        return layer.cell(inputs, list(states), training=training)

    loop = functools.partial(
        backend.rnn,
        go_backwards=layer.go_backwards,
        unroll=layer.unroll,
        input_length=sequences.shape[1],
        return_all_outputs=layer.return_sequences,
    )
    # Keras's own zeros for masked outputs would also replace a last output that stands
    # alone, and are misplaced when the layer is unrolled and goes backwards.
    if layer.gradient_steps:
        last_output, outputs, states = _run_cut(loop, step, layer, sequences, initial_state, mask)
    else:
        last_output, outputs, states = loop(step, sequences, initial_state, mask=mask)
    if mask is not None and layer.return_sequences and layer.zero_output_for_mask:
        outputs = ops.where(layer.in_order(mask)[..., None], outputs, 0)
    return last_output, outputs, states


def _run_cut(loop, step, layer, sequences, initial_state, mask):
    """Runs a loop that lets no gradient through to the states at every `gradient_steps`-th step.

    Keras's loop would carry the states past a masked step uncut, so the steps look after the mask
    themselves; the last output becomes a state, for a masked step to repeat.
    """

    def cut_step(inputs, states):
        inputs, number, *valid = inputs
        first = (number > 0) & (number % layer.gradient_steps == 0)
        states = [ops.where(first, ops.stop_gradient(state), state) for state in states]
        output, after = step(inputs, states[:-1])
        after = [*after, output]
        for v in valid:
            after = [ops.where(v, a, before) for a, before in zip(after, states, strict=True)]
        return after[-1], after

    inputs = [sequences, _time_steps(layer, sequences)]
    if mask is not None:
        inputs.append(ops.cast(mask, "bool")[..., None])
    no_output = ops.zeros((ops.shape(sequences)[0], layer.cell.output_size), sequences.dtype)
    last_output, outputs, states = loop(cut_step, inputs, [*initial_state, no_output])
    return last_output, outputs, states[:-1]


def _time_steps(layer, sequences):
    """The number of every time step in the order of the run, `(batch, time, 1)`."""
    batch, time, _ = ops.shape(sequences)
    numbers = ops.broadcast_to(ops.arange(time, dtype="int32")[None, :, None], (batch, time, 1))
    return layer.in_order(numbers)
