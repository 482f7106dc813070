"""XLA-compiled loops over time."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.time_loop import Run, TimeLoop, Trace, time_major

# In elements: smaller matrices stay in a core's cache from step to step.
_LARGE_KERNEL = 1 << 17
# In multiplications.
_LARGE_PRODUCT = 1 << 24


@dataclass(frozen=True)
class Programs:
    """The compiled loops of a layer, and their results for an empty batch."""

    loop: TimeLoop
    return_sequences: bool

    def plain(self, run: Run, most_steps: int | None = None) -> tuple[list[Tensor], Trace]:
        """Computes `forward` without compilation, so that TensorFlow can differentiate it.

        Args:
            run: The `Run`.
            most_steps: See `TimeLoop.forward`.

        Returns:
            The outputs and the final states in one list, and the trace.
        """
        states, trace = self.loop.forward(run, most_steps)
        outputs = states[0]
        if self.return_sequences:
            time = tf.shape(run.sequence)[1]
            outputs = time_major(trace.states[0][1 : time + 1])
        return [outputs, *states], trace

    def forward(self, run: Run) -> tuple[list[Tensor], Trace]:
        """Returns the outputs and the final states in one list, and the trace."""
        return self._for_batch(_compiled_forward, run)

    def infer(self, run: Run) -> list[Tensor]:
        """Returns the result of `forward` without the trace."""
        return self._for_batch(_compiled_inference, run)

    def _for_batch(self, compiled, run):
        """Projects the inputs first if the batch is one sequence and the weights are large.

        Each step of a single sequence would otherwise wait for the weights to be read.
        """
        if run.weights["kernel"].shape.num_elements() < _LARGE_KERNEL:
            return compiled(self)(run)
        alone = replace(self, loop=replace(self.loop, project_first=True))
        if run.sequence.shape[0] is not None:
            return compiled(alone if run.sequence.shape[0] == 1 else self)(run)
        is_alone = tf.shape(run.sequence)[0] == 1
        return tf.cond(is_alone, lambda: compiled(alone)(run), lambda: compiled(self)(run))

    def backward(
        self, run: Run, trace: Trace, d_answers: Sequence[Tensor]
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Returns the gradients of sequence and initial states in one list, and of the weights."""
        return _compiled_backward(self)(run, trace, d_answers)

    def min_rows_unsharded(self, run: Run) -> float:
        """Returns the batch size from which `infer` is faster on the whole batch than on shards."""
        return _LARGE_PRODUCT / run.weights["kernel"].shape.num_elements()

    def empty_forward(self, run: Run) -> tuple[list[Tensor], Trace]:
        """Returns the result of `forward` for an empty batch."""
        h = run.states[0]
        empty = tf.zeros([0, tf.shape(run.sequence)[1], h.shape[1]], h.dtype)
        count = self.loop.equations.residuals_per_unit
        residuals = [tf.tile(empty, [1, 1, count])] if count else []
        trace = Trace([empty for _ in run.states], residuals)
        return [empty if self.return_sequences else h, *run.states], trace

    def empty_infer(self, run: Run) -> list[Tensor]:
        """Returns the result of `infer` for an empty batch."""
        return self.empty_forward(run)[0]

    def empty_backward(
        self, run: Run, trace: Trace, d_answers: Sequence[Tensor]
    ) -> tuple[list[Tensor], dict[str, Tensor]]:
        """Returns the result of `backward` for an empty batch."""
        return [run.sequence, *run.states], tf.nest.map_structure(tf.zeros_like, run.weights)


@functools.cache
def _compiled_forward(programs):
    return tf.function(programs.plain, jit_compile=True, autograph=False)


@functools.cache
def _compiled_inference(programs):
    # The compiler removes the arrays of the trace, as they are not returned.
    return tf.function(
        lambda run: _compiled_forward(programs)(run)[0], jit_compile=True, autograph=False
    )


@functools.cache
def _compiled_backward(programs):
    @tf.function(jit_compile=True, autograph=False)
    def backward(run, trace, d_answers):
        d_outputs, *d_states = d_answers
        if not programs.return_sequences:
            d_states[0], d_outputs = d_states[0] + d_outputs, None
        d_sequence, d_states, d_weights = programs.loop.backward(run, trace, d_outputs, d_states)
        return [d_sequence, *d_states], d_weights

    return backward
