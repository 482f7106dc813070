"""The kernel of plain operations: the cell, step by step, in whatever TensorFlow runs on."""

from keras import ops

# Keras has no public name for its loop over time.
from keras.src import backend


def run_portable(layer, sequences, initial_state, mask, training):
    """Runs the layer's cell over time; see `kernels`."""

    def step(inputs, states):
        return layer.cell(inputs, list(states), training=training)

    # Keras's own zeros for masked outputs would also replace a last output that stands
    # alone, and are misplaced when the layer is unrolled and goes backwards.
    last_output, outputs, states = backend.rnn(
        _cutting(step, layer.gradient_steps) if layer.gradient_steps else step,
        (sequences, _time_steps(layer, sequences)) if layer.gradient_steps else sequences,
        initial_state,
        go_backwards=layer.go_backwards,
        mask=mask,
        unroll=layer.unroll,
        input_length=sequences.shape[1],
        return_all_outputs=layer.return_sequences,
    )
    if mask is not None and layer.return_sequences and layer.zero_output_for_mask:
        outputs = ops.where(layer.in_order(mask)[..., None], outputs, 0)
    return last_output, outputs, states


def _time_steps(layer, sequences):
    """The number of every time step in the order of the run, `(batch, time, 1)`."""
    batch, time, _ = ops.shape(sequences)
    numbers = ops.broadcast_to(ops.arange(time, dtype="int32")[None, :, None], (batch, time, 1))
    return layer.in_order(numbers)


def _cutting(step, gradient_steps):
    """A step that lets no gradient through to the states at every `gradient_steps`-th."""

    def cutting_step(inputs, states):
        inputs, number = inputs
        cut = number % gradient_steps == 0
        states = [ops.where(cut, ops.stop_gradient(state), state) for state in states]
        return step(inputs, states)

    return cutting_step
