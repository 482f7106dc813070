"""What a kernel must know of a cell: one step forwards, and one step backwards."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import tensorflow as tf


@dataclass(frozen=True)
class Equations(ABC):
    """The equations of a cell and their derivatives, for one time step.

    All tensors are `(batch, units)` unless said otherwise; gates lie side by side. `weights` are
    the cell's, by name. `mask` is the recurrent dropout's, see `products`.

    Attributes:
        kept: How many values for each unit `step` keeps for the backward pass.
        activation: A function of `keras.activations` whose derivative is known.
    """

    kept: ClassVar[int]
    activation: object

    @abstractmethod
    def step(self, projected, states, weights, mask):
        """One time step.

        Args:
            projected: The input projection x W + b, `(batch, gates * units)`.
            states: The states before the step; the first is h.
            weights: The cell's weights.
            mask: The recurrent dropout's mask.

        Returns:
            The states after the step, and what `step_gradient` wants to see again:
            `(batch, kept * units)`, or `None` where `kept` is 0.
        """

    @abstractmethod
    def step_gradient(self, d_states, kept, before, after, weights, mask):
        """The gradients of one time step.

        Args:
            d_states: The gradients by the states after the step.
            kept: What `step` kept.
            before: The states before the step.
            after: The states after it.
            weights: The cell's weights.
            mask: The recurrent dropout's mask.

        Returns:
            The gradient by `projected`, and those by the states before.
        """

    @abstractmethod
    def weight_gradients(self, d_projected, kept, before, after, mask):
        """The gradients by all weights but the input kernel, from many time steps at once.

        Args:
            d_projected: The gradients by `projected`, `(time, batch, gates * units)`.
            kept: What `step` kept, with time as first axis.
            before: The states before each step `(time, batch, units)`.
            after: The states after each step `(time, batch, units)`.
            mask: The recurrent dropout's mask.

        Returns:
            The gradients by name.
        """

    def input_bias(self, weights):
        """The bias of the input projection."""
        return weights["bias"]


def sum_over_time(gradients):
    """Sums `(time, batch, units)` over time and batch."""
    return tf.reduce_sum(gradients, axis=[0, 1])
