"""Backpropagation through time, compiled, as one differentiable function.

A program is compiled for every shape, so a sequence whose length is known only at run time is
padded to one of few lengths; the loops still run its own number of steps. A batch is cut into
shards that run side by side: a single time step is too small to occupy more than one core.
"""

import tensorflow as tf

from seqzoo.layers.kernels.programs import Programs
from seqzoo.layers.kernels.shards import Shards
from seqzoo.layers.kernels.time_loop import Run, TimeLoop

# Four lengths an octave: at most a quarter of an array is padding.
_LENGTHS = [quarter << octave for octave in range(1, 22) for quarter in (4, 5, 6, 7)]


def run_compiled(loop: TimeLoop, run: Run, return_sequences: bool, training: bool):
    """Runs a loop, differentiable by the sequence, the first states and the weights.

    Args:
        loop: `TimeLoop`.
        run: `Run`, without `steps`.
        return_sequences: Whether the outputs of all time steps are wanted.
        training: Whether to keep what the backward loop needs; without, it is computed again if
            a gradient is asked for after all.

    Returns:
        The outputs `(batch, time, units)`, or the last one, and the final states.
    """
    run = tf.nest.map_structure(lambda t: t if t is None else tf.convert_to_tensor(t), run)
    if run.sequence.shape[1] is not None:
        return _differentiable(loop, run, return_sequences, training)
    time = tf.shape(run.sequence)[1]
    outputs, states = _differentiable(loop, _padded(run, time), return_sequences, training)
    return outputs[:, :time] if return_sequences else outputs, states


def _padded(run, time):
    """The run with its sequence padded to one of `_LENGTHS`."""
    padding = tf.gather(_LENGTHS, tf.searchsorted(_LENGTHS, [time])[0]) - time
    mask = run.mask
    return run._replace(
        sequence=tf.pad(run.sequence, [[0, 0], [0, padding], [0, 0]]),
        mask=mask if mask is None else tf.pad(mask, [[0, 0], [0, padding]]),
        steps=time,
    )


def _differentiable(loop, run, return_sequences, training):
    programs = Programs(loop, return_sequences)
    shards = Shards(run.sequence.shape[0] or tf.shape(run.sequence)[0])

    @tf.custom_gradient
    def differentiable(*differentiated):
        sequence, states, weights = _hidden(differentiated)
        whole = run._replace(sequence=sequence, states=states, weights=weights)

        def forward():
            runs = _cut(shards, whole)
            answers = shards.map(programs.forward, programs.empty_forward, runs)
            return runs, *zip(*answers, strict=True)

        def infer():
            return shards.join(
                shards.map(programs.infer, programs.empty_infer, _cut(shards, whole))
            )

        if training:
            runs, answers, traces = forward()
            answers = shards.join(answers)
        else:
            answers = shards.unless_single(lambda: programs.infer(whole), infer)

        @tf.custom_gradient
        def once(differentiated, d_answers):
            kept = (runs, traces) if training else forward()[::2]
            arguments = *kept, shards.cut(_hidden(list(d_answers)))
            backward = shards.map(programs.backward, programs.empty_backward, *arguments)
            d_batches, d_weights = zip(*backward, strict=True)
            d_weights = zip(*map(tf.nest.flatten, d_weights), strict=True)
            return [*shards.join(d_batches), *map(tf.add_n, d_weights)], _refuse

        return answers, lambda *d_answers: once(differentiated, d_answers)

    outputs, *states = differentiable(run.sequence, run.states, run.weights)
    return outputs, states


def _hidden(tensors):
    """Tensors that no tape watches.

    A tape that may be asked for more than one gradient would have TensorFlow differentiate the
    compiled loops by itself, which the compiler refuses.
    """
    return tf.nest.map_structure(tf.stop_gradient, tensors)


def _refuse(*_):
    raise NotImplementedError(
        "The compiled kernel of recurrent layers has no second derivatives. Call the layer "
        "eagerly or with `unroll=True` to have them."
    )


def _cut(shards, run):
    """A run as one for each shard; only weights and number of steps have no batch axis."""
    cut = shards.cut(run._replace(weights=None, steps=None))
    return [shard._replace(weights=run.weights, steps=run.steps) for shard in cut]
