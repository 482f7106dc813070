"""The equations of a cell for the training kernel: one step forwards and one step backwards."""

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

    All tensors are `(batch, units)` unless stated otherwise; gates are side by side in the last
    axis. `weights` are the cell's weights by name. `mask` is the recurrent dropout mask, see
    `products`.

    Attributes:
        residuals_per_unit: The number of values per unit that `step` stores for the backward pass.
        activation: A function of `keras.activations` with a known derivative.
    """

    residuals_per_unit: ClassVar[int]
    activation: Callable[[Tensor], Tensor]

    @abstractmethod
    def step(
        self,
        projected: Tensor,
        states: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[list[Tensor], Tensor | None]:
        """Runs one time step.

        Args:
            projected: The input projection x W + b, `(batch, gates * units)`.
            states: The states before the step; the first is h.
            weights: The cell's weights.
            mask: The recurrent dropout mask.

        Returns:
            The states after the step, and the residuals for `step_gradient`:
            `(batch, residuals_per_unit * units)`, or `None` if `residuals_per_unit` is 0.
        """

    @abstractmethod
    def step_gradient(
        self,
        d_states: Sequence[Tensor],
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[Tensor, list[Tensor]]:
        """Computes the gradients of one time step.

        Args:
            d_states: The gradients with respect to the states after the step.
            residuals: The residuals of `step`.
            before: The states before the step.
            after: The states after the step.
            weights: The cell's weights.
            mask: The recurrent dropout mask.

        Returns:
            The gradients with respect to `projected`, and to the states before the step.
        """

    @abstractmethod
    def weight_gradients(
        self,
        d_projected: Tensor,
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
        """Computes the gradients of all weights except the input kernel, for many steps at once.

        Args:
            d_projected: The gradients with respect to `projected`,
                `(time, batch, gates * units)`.
            residuals: The residuals of `step`, with time as first axis.
            before: The states before each step `(time, batch, units)`.
            after: The states after each step `(time, batch, units)`.
            mask: The recurrent dropout mask.

        Returns:
            The gradients by the names of the weights.
        """

    def input_bias(self, weights: Mapping[str, Tensor]) -> Tensor:
        """Returns the bias of the input projection."""
        return weights["bias"]


def sum_over_time(gradients: Tensor) -> Tensor:
    """Sums `(time, batch, units)` over time and batch."""
    return tf.reduce_sum(gradients, axis=[0, 1])
