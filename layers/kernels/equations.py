"""The equations of a cell, as a kernel needs them: one step forwards, one step backwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import tensorflow as tf

from seqzoo.core.types import Tensor


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
    activation: Callable[[Tensor], Tensor]

    @abstractmethod
    def step(
        self,
        projected: Tensor,
        states: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[list[Tensor], Tensor | None]:
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
    def step_gradient(
        self,
        d_states: Sequence[Tensor],
        kept: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[Tensor, list[Tensor]]:
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
    def weight_gradients(
        self,
        d_projected: Tensor,
        kept: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
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

    def input_bias(self, weights: Mapping[str, Tensor]) -> Tensor:
        """The bias of the input projection."""
        return weights["bias"]


def sum_over_time(gradients: Tensor) -> Tensor:
    """Sums `(time, batch, units)` over time and batch."""
    return tf.reduce_sum(gradients, axis=[0, 1])
