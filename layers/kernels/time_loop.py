"""Backpropagation through time: the forward and backward loop of a cell's equations.

Written for compilation: every array is allocated once and filled in place. The backward loop
carries only the gradients of the states; the gradients of the weights and of the sequence are
computed as large products over a block of time steps.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.equations import Equations
from seqzoo.layers.kernels.products import matrix_gradient, product, rows, values_gradient
from seqzoo.layers.kernels.time_blocks import TimeBlocks


class Run(NamedTuple):
    """The inputs of a run of a layer.

    Attributes:
        sequence: `(batch, time, features)`.
        states: The initial states, each `(batch, units)`.
        weights: The cell's weights by name.
        mask: Booleans `(batch, time)`, or `None`.
        input_dropout: The input dropout mask, see `products`, or `None`.
        recurrent_dropout: The recurrent dropout mask, or `None`.
        steps: The number of time steps to run, a scalar; later steps are padding. `None` for all.
    """

    sequence: tf.Tensor
    states: list
    weights: dict
    mask: tf.Tensor | None = None
    input_dropout: tf.Tensor | None = None
    recurrent_dropout: tf.Tensor | None = None
    steps: tf.Tensor | None = None


class Trace(NamedTuple):
    """The values of the forward loop that the backward loop needs.

    Attributes:
        states: For every state, its values before the first and after each time step,
            `(time + 1, batch, units)`.
        residuals: A list with the residuals of all steps,
            `(time, batch, residuals_per_unit * units)`; an empty list if there are none.

    All are padded with zeros to the end of the last of the `TimeBlocks`.
    """

    states: list
    residuals: list


@dataclass(frozen=True)
class TimeLoop:
    """Runs a cell's equations over time.

    Attributes:
        equations: The equations of the cell.
        gradient_steps: Truncated backpropagation through time: the gradient is cut between
            blocks of this many time steps, counted from the start. `None` for no cut.
        project_first: Whether to project all inputs in one product before the loop, instead of
            each in its time step. A step of a single sequence takes as long as reading the
            weights, so one product is faster if they are large; with more sequences, writing and
            reading the large result costs more than it saves.
    """

    equations: Equations
    gradient_steps: int | None = None
    project_first: bool = False

    def forward(self, run: Run, most_steps: int | None = None) -> tuple[list[Tensor], Trace]:
        """Runs the forward loop.

        Args:
            run: The `Run`.
            most_steps: An upper bound of the number of steps, which XLA requires if TensorFlow
                differentiates the loop. Defaults to `None`.

        Returns:
            The states after the last time step, and the `Trace`.
        """
        time = tf.shape(run.sequence)[1]
        steps = time if run.steps is None else run.steps
        projection, mask = self._projection(run), _mask_column(run.mask)
        length = TimeBlocks.of(run.sequence).time
        traces = [_array(length + 1, state).write(0, state) for state in run.states]
        residual_arrays = self._residual_arrays(length, run.states[0])

        def step(t, states, traces, residual_arrays):
            states = self._cut(t, states)
            after, residuals = self.equations.step(
                projection(t), states, run.weights, run.recurrent_dropout
            )
            if mask is not None:
                after = [tf.where(mask[t], a, b) for a, b in zip(after, states, strict=True)]
            after = shaped_as(states, after)
            traces = [trace.write(t + 1, a) for trace, a in zip(traces, after, strict=True)]
            return t + 1, after, traces, [array.write(t, residuals) for array in residual_arrays]

        _, states, traces, residual_arrays = tf.while_loop(
            lambda t, *_: t < steps,
            step,
            (0, list(run.states), traces, residual_arrays),
            maximum_iterations=most_steps,
        )
        return states, Trace(*([array.stack() for array in a] for a in (traces, residual_arrays)))

    def _cut(self, t, states):
        """Stops the gradient of the states before the first time step of a block.

        `backward` cuts the gradient itself; this is for TensorFlow when it differentiates the loop.
        """
        if not self.gradient_steps:
            return states
        is_cut = self._is_cut(t)
        return [tf.where(is_cut, tf.stop_gradient(state), state) for state in states]

    def _is_cut(self, t):
        return (t > 0) & (t % self.gradient_steps == 0)

    def _projection(self, run):
        """Returns the input projection as a function of the time step."""
        sequence = time_major(run.sequence)

        def project(inputs, dropout):
            projected = product(inputs, run.weights["kernel"], dropout)
            if "bias" in run.weights:
                projected = projected + self.equations.input_bias(run.weights)
            return projected

        if not self.project_first:
            return lambda t: project(sequence[t], run.input_dropout)
        projected = project(rows(sequence), _for_rows(run.input_dropout, sequence))
        projected = tf.reshape(projected, [*tf.unstack(tf.shape(sequence)[:2]), projected.shape[1]])
        return lambda t: projected[t]

    def _residual_arrays(self, length, state):
        """Returns a list with the array of the residuals; an empty list if there are none."""
        count = self.equations.residuals_per_unit
        return [_array(length, tf.tile(state, [1, count]))] if count else []

    def backward(self, run, trace, d_outputs, d_states):
        """Runs the backward loop.

        Args:
            run: The `Run` of `forward`.
            trace: The `Trace` that `forward` returned.
            d_outputs: The gradients with respect to the outputs of all time steps,
                `(batch, time, units)`, or `None` for zeros.
            d_states: The gradients with respect to the final states.

        Returns:
            The gradients with respect to the sequence, the initial states and the weights.
        """
        time = tf.shape(run.sequence)[1]
        steps = time if run.steps is None else run.steps
        blocks = TimeBlocks.of(run.sequence)
        sequence = blocks.pad(time_major(run.sequence))
        d_outputs = None if d_outputs is None else time_major(d_outputs)
        mask = _mask_column(run.mask)

        def step(t, start, d_states, d_projections):
            if d_outputs is not None:
                d_states = [d_states[0] + d_outputs[t], *d_states[1:]]
            d_projected, d_before = self._step_gradient(run, trace, t, d_states, mask)
            return t - 1, start, d_before, d_projections.write(t - start, d_projected)

        def block(index, d_states, d_sequence, d_weights):
            start = index * blocks.length
            end = tf.minimum(start + blocks.length, steps)
            d_projections = _array(blocks.length, tf.tile(d_states[0], [1, self._gates(run)]))
            _, _, d_states, d_projections = tf.while_loop(
                lambda t, start, *_: t >= start, step, (end - 1, start, d_states, d_projections)
            )
            d_projections = d_projections.stack()
            d_part = self._sequence_gradient(run, d_projections)
            cut = functools.partial(blocks.cut, index=index)
            d_parts = self._weight_gradients(run, trace, sequence, d_projections, cut)
            d_weights = {name: d + d_parts[name] for name, d in d_weights.items()}
            return index - 1, d_states, d_sequence.write(index, d_part), d_weights

        d_sequence = _array(blocks.count, sequence[: blocks.length])
        d_weights = tf.nest.map_structure(tf.zeros_like, run.weights)
        _, d_states, d_sequence, d_weights = tf.while_loop(
            lambda index, *_: index >= 0,
            block,
            ((steps - 1) // blocks.length, list(d_states), d_sequence, d_weights),
        )
        return time_major(d_sequence.concat()[:time]), d_states, d_weights

    def _step_gradient(self, run, trace, t, d_states, mask):
        """Returns the gradients of the input projection and of the states before a time step."""
        d_after = d_states
        if mask is not None:
            d_after = [tf.where(mask[t], d, 0) for d in d_states]
        d_projected, d_before = self.equations.step_gradient(
            d_after,
            trace.residuals[0][t] if trace.residuals else None,
            [states[t] for states in trace.states],
            [states[t + 1] for states in trace.states],
            run.weights,
            run.recurrent_dropout,
        )
        if mask is not None:
            d_before = [tf.where(mask[t], b, d) for b, d in zip(d_before, d_states, strict=True)]
        if self.gradient_steps:
            is_cut = self._is_cut(t)
            d_before = [tf.where(is_cut, tf.zeros_like(d), d) for d in d_before]
        return d_projected, shaped_as(d_states, d_before)

    def _gates(self, run):
        return run.weights["kernel"].shape[1] // run.states[0].shape[1]

    def _sequence_gradient(self, run, d_projections):
        dropout = _for_rows(run.input_dropout, d_projections)
        d_rows = values_gradient(rows(d_projections), run.weights["kernel"], dropout)
        shape = [*tf.unstack(tf.shape(d_projections)[:2]), run.sequence.shape[2]]
        return tf.reshape(d_rows, shape)

    def _weight_gradients(self, run, trace, sequence, d_projections, cut):
        """Returns the weight gradients of one block; `cut` slices the block from all steps."""
        gradients = self.equations.weight_gradients(
            d_projections,
            cut(trace.residuals[0]) if trace.residuals else None,
            [cut(states) for states in trace.states],
            [cut(states, offset=1) for states in trace.states],
            run.recurrent_dropout,
        )
        gradients["kernel"] = matrix_gradient(cut(sequence), d_projections, run.input_dropout)
        return gradients


def _for_rows(dropout, sequence):
    """Repeats a dropout mask for the `rows` of a sequence: it is the same at every time step."""
    return None if dropout is None else tf.tile(dropout, [tf.shape(sequence)[0], 1, 1])


def _array(size, example):
    """Returns an array of `size` tensors like `example`; unwritten entries are zero."""
    return tf.TensorArray(example.dtype, size, element_shape=example.shape)


def shaped_as(examples: Sequence[Tensor], tensors: Sequence[Tensor]) -> list[Tensor]:
    """Sets the static shapes of tensors to those of `examples`, as loop variables require."""
    return [tf.ensure_shape(t, e.shape) for t, e in zip(tensors, examples, strict=True)]


def time_major(sequence: Tensor) -> Tensor:
    """Swaps the first two axes, batch and time."""
    return tf.transpose(sequence, [1, 0, 2])


def _mask_column(mask):
    """Converts `(batch, time)` to `(time, batch, 1)`."""
    return None if mask is None else tf.transpose(mask)[..., None]
