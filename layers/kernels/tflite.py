"""A loop over time in the form that TFLite's interpreter runs fastest.

A TensorArray converts only with TensorFlow's own kernels. Here every time step writes its outputs
into a buffer, with an operation of the interpreter. That operation copies the whole buffer, so the
buffer holds a short block of time steps, and only finished blocks are written to the buffer of all
steps: the cost of a time step does not grow with the length of the sequence.
"""

import tensorflow as tf

# An operation of XLA that converts to one of TFLite; it has no kernel outside XLA.
from tensorflow.compiler.tf2xla.python.xla import dynamic_update_slice

from seqzoo.layers.kernels.time_loop import shaped_as

_BLOCK = 32


def run_over_time(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
    return_all_outputs=True,
):
    """Replaces Keras's loop over time in a graph for TFLite: same arguments, same results.

    Args:
        step_function: Takes the inputs of a time step and the list of states; returns the outputs
            and the new states.
        inputs: Tensors `(batch, time, ...)`, nested.
        initial_states: Tensors `(batch, ...)`, nested.
        go_backwards: Whether to run from the last time step to the first.
        mask: Booleans `(batch, time)` or `None`.
        constants: Additional states, which no step changes.
        input_length: Ignored; the length is read from the inputs.
        time_major: Whether the inputs and outputs are `(time, batch, ...)`.
        zero_output_for_mask: Whether masked outputs are zero instead of the last output.
        return_all_outputs: Whether to return the outputs of all time steps.

    Returns:
        The last outputs; the outputs in the order of the run, of all time steps or only the last;
        and the final states.
    """
    constants = list(constants or [])
    flat = tf.nest.flatten(inputs)
    flat = flat if time_major else [_swapped(tensor) for tensor in flat]
    if mask is not None:
        mask = mask if time_major else tf.transpose(mask)
    time = tf.shape(flat[0])[0]
    states = [tf.convert_to_tensor(state) for state in tf.nest.flatten(initial_states)]

    def call(frame, states):
        nested = tf.nest.pack_sequence_as(initial_states, states)
        outputs, after = step_function(
            tf.nest.pack_sequence_as(inputs, frame), [*nested, *constants]
        )
        return outputs, tf.nest.flatten(list(after)[: len(nested)])

    def run_step(t, states, last):
        frame = [tf.gather(tensor, time - 1 - t if go_backwards else t) for tensor in flat]
        outputs, after = call(frame, states)
        outputs = tf.nest.flatten(outputs)
        if mask is not None:
            present = tf.gather(mask, time - 1 - t if go_backwards else t)
            other = [tf.zeros_like(o) for o in outputs] if zero_output_for_mask else last
            outputs = _where(present, outputs, other)
            after = _where(present, after, states)
        return shaped_as(last, outputs), shaped_as(states, after)

    structure, last = _first_outputs(call, flat, states)
    run = _run_all if return_all_outputs else _run_to_last
    last, outputs, states = run(run_step, time, states, last)
    if not time_major:
        outputs = [_swapped(output) for output in outputs]
    pack = tf.nest.pack_sequence_as
    return pack(structure, last), pack(structure, outputs), pack(initial_states, states)


def _run_to_last(run_step, time, states, last):
    def body(t, states, last):
        last, states = run_step(t, states, last)
        return t + 1, states, last

    _, states, last = tf.while_loop(lambda t, *_: t < time, body, (0, states, last))
    return last, [tf.expand_dims(output, 0) for output in last], states


def _run_all(run_step, time, states, last):
    blocks = (time + _BLOCK - 1) // _BLOCK

    def run_block(block, states, last, part, whole):
        start = block * _BLOCK
        steps = tf.minimum(_BLOCK, time - start)

        def body(t, states, last, part):
            last, states = run_step(start + t, states, last)
            return t + 1, states, last, _write(part, last, t)

        _, states, last, part = tf.while_loop(
            lambda t, *_: t < steps, body, (0, states, last, part)
        )
        whole = [_update(w, p, start) for w, p in zip(whole, part, strict=True)]
        return block + 1, states, last, part, whole

    batch = tf.shape(last[0])[0]
    part, whole = (_buffers(size, batch, last) for size in (_BLOCK, blocks * _BLOCK))
    _, states, last, _, whole = tf.while_loop(
        lambda block, *_: block < blocks, run_block, (0, states, last, part, whole)
    )
    return last, [buffer[:time] for buffer in whole], states


def _first_outputs(call, flat, states):
    """Returns the structure of a step's outputs, and zeros of their shape."""
    frame = [tf.TensorSpec(tensor.shape[1:], tensor.dtype) for tensor in flat]
    specs = [tf.TensorSpec(state.shape, state.dtype) for state in states]

    @tf.function(autograph=False)
    def outputs(frame, states):
        return call(frame, states)[0]

    structure = outputs.get_concrete_function(frame, specs).structured_outputs
    batch = tf.shape(flat[0])[1]
    zeros = [tf.zeros([batch, *o.shape[1:]], o.dtype) for o in tf.nest.flatten(structure)]
    return structure, zeros


def _buffers(size, batch, outputs):
    """Returns buffers of zeros for `size` time steps of outputs."""
    return [
        tf.ensure_shape(
            tf.zeros([size, batch, *output.shape[1:]], output.dtype), [None, *output.shape]
        )
        for output in outputs
    ]


def _write(buffers, outputs, index):
    return [
        _update(buffer, tf.expand_dims(output, 0), index)
        for buffer, output in zip(buffers, outputs, strict=True)
    ]


def _update(buffer, part, index):
    """Returns the buffer with `part` written to it from time step `index` on."""
    start = tf.stack([index, *(0 for _ in buffer.shape[1:])])
    return tf.ensure_shape(dynamic_update_slice(buffer, part, start), buffer.shape)


def _where(present, tensors, others):
    return [
        tf.where(tf.reshape(present, [-1, *(1 for _ in t.shape[1:])]), t, other)
        for t, other in zip(tensors, others, strict=True)
    ]


def _swapped(tensor):
    """Swaps the first two axes, batch and time."""
    return tf.transpose(tensor, [1, 0, *range(2, len(tensor.shape))])
