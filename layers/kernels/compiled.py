"""Compiled backpropagation through time, as one differentiable function.

XLA compiles a program for every shape, so a batch of dynamic size or length is padded to one of a
few shapes; the loops still run only the real number of steps. A batch is split into shards that
run in parallel, as a single time step is too small to occupy more than one core.
"""

from __future__ import annotations

import functools

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.programs import Programs
from seqzoo.layers.kernels.shards import Shards
from seqzoo.layers.kernels.time_loop import Run, TimeLoop

# Four lengths for every power of two: at most a quarter of an axis is padding.
_LENGTHS = [1, 2, 3, *(quarter << octave for octave in range(22) for quarter in (4, 5, 6, 7))]


def run_compiled(
    loop: TimeLoop, run: Run, return_sequences: bool, training: bool
) -> tuple[Tensor, list[Tensor]]:
    """Runs a loop, differentiable in the sequence, the initial states and the weights.

    Args:
        loop: The `TimeLoop` to run.
        run: The `Run`, without `steps`.
        return_sequences: Whether to return the outputs of all time steps.
        training: Whether to store residuals for the backward loop; otherwise they are recomputed
            if a gradient is requested.

    Returns:
        The outputs `(batch, time, units)`, or the last output `(batch, units)`, and the final
        states.
    """
    run = tf.nest.map_structure(lambda t: t if t is None else tf.convert_to_tensor(t), run)
    if None not in run.sequence.shape[:2]:
        return _differentiable(loop, run, return_sequences, training)
    batch, time = tf.unstack(tf.shape(run.sequence)[:2])
    outputs, states = _differentiable(loop, _padded(run), return_sequences, training)
    outputs = outputs[:batch, :time] if return_sequences else outputs[:batch]
    return outputs, [state[:batch] for state in states]


def _padded(run):
    """Returns the run with dynamic axes, batch and time, padded to one of `_LENGTHS`.

    Rows of padding do not change any gradient, as the gradients of their outputs are zero.
    """
    batch, time = run.sequence.shape[:2]
    rows, steps = (_missing(run.sequence, axis) for axis in (0, 1))

    def pad(tensor):
        paddings = [[0, rows], *([0, 0] for _ in tensor.shape[1:])]
        return tf.ensure_shape(tf.pad(tensor, paddings), [batch, *tensor.shape[1:]])

    def pad_in_time(tensor):
        return tf.pad(tensor, [[0, 0], [0, steps], *([0, 0] for _ in tensor.shape[2:])])

    names = ("sequence", "states", "mask", "input_dropout", "recurrent_dropout")
    padded = {
        name: tf.nest.map_structure(lambda t: t if t is None else pad(t), getattr(run, name))
        for name in names
    }
    if time is None:
        padded["sequence"] = pad_in_time(padded["sequence"])
        padded["mask"] = None if run.mask is None else pad_in_time(padded["mask"])
        padded["steps"] = tf.shape(run.sequence)[1]
    return run._replace(**padded)


def _missing(sequence, axis):
    """Returns the padding of an axis to the next of `_LENGTHS`; 0 if its size is static."""
    if sequence.shape[axis] is not None:
        return 0
    size = tf.shape(sequence)[axis]
    return tf.gather(_LENGTHS, tf.searchsorted(_LENGTHS, [size])[0]) - size


def _differentiable(loop, run, return_sequences, training):
    programs = Programs(loop, return_sequences)
    batch = run.sequence.shape[0] or tf.shape(run.sequence)[0]
    shards = Shards(batch) if training else Shards(batch, programs.min_rows_unsharded(run))

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
            residuals = (runs, traces) if training else forward()[::2]
            arguments = *residuals, shards.cut(_hidden(list(d_answers)))
            backward = shards.map(programs.backward, programs.empty_backward, *arguments)
            d_batches, d_weights = zip(*backward, strict=True)
            of_shards = zip(*map(tf.nest.flatten, d_weights), strict=True)
            gradients = [*shards.join(d_batches), *map(tf.add_n, of_shards)]
            twice = functools.partial(_second_gradients, programs, run, differentiated, d_answers)
            return gradients, twice

        return answers, lambda *d_answers: once(differentiated, d_answers)

    outputs, *states = differentiable(run.sequence, run.states, run.weights)
    return outputs, states


def _hidden(tensors):
    """Hides tensors from all gradient tapes.

    A persistent or nested tape would make TensorFlow differentiate the compiled loops, which the
    compiler refuses.
    """
    return tf.nest.map_structure(tf.stop_gradient, tensors)


def _second_gradients(programs, run, differentiated, d_answers, *d_gradients):
    """Computes second gradients, which TensorFlow derives from the loop that is not compiled.

    They are rare (a gradient penalty needs them) and do not justify a hand-written backward pass.

    Args:
        programs: The `Programs`.
        run: The `Run`.
        differentiated: The sequence, the initial states and the weights.
        d_answers: The gradients with respect to outputs and final states that the first gradients
            were computed from.
        *d_gradients: The gradients with respect to each of the first gradients.

    Returns:
        The gradients with respect to `differentiated` and `d_answers`, in one list.
    """
    with tf.GradientTape() as second:
        second.watch([differentiated, d_answers])
        with tf.GradientTape() as first:
            first.watch(differentiated)
            sequence, states, weights = differentiated
            run = run._replace(sequence=sequence, states=states, weights=weights)
            answers, _ = programs.plain(run, most_steps=run.sequence.shape[1])
        gradients = first.gradient(
            answers,
            tf.nest.flatten(differentiated),
            output_gradients=tf.nest.flatten(d_answers),
            unconnected_gradients="zero",
        )
    return second.gradient(
        gradients,
        tf.nest.flatten([differentiated, d_answers]),
        output_gradients=list(d_gradients),
        unconnected_gradients="zero",
    )


def _cut(shards, run):
    """Splits a run into one for each shard; weights and number of steps have no batch axis."""
    cut = shards.cut(run._replace(weights=None, steps=None))
    return [shard._replace(weights=run.weights, steps=run.steps) for shard in cut]
