"""Backpropagation through a step of `SimpleRNNCell`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.activations import derivative
from seqzoo.layers.kernels.equations import Equations, sum_over_time
from seqzoo.layers.kernels.products import matrix_gradient, product, values_gradient


class SimpleRNNEquations(Equations):
    """Equations of `SimpleRNNCell`: `h[t] = tanh(x[t] W + h[t-1] R + b)`."""

    residuals_per_unit = 0

    def step(
        self,
        projected: Tensor,
        states: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[list[Tensor], Tensor | None]:
        """See `Equations.step`; there are no residuals, as the backward pass needs only h."""
        (h,) = states
        return [self.activation(projected + product(h, weights["recurrent_kernel"], mask))], None

    def step_gradient(
        self,
        d_states: Sequence[Tensor],
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[Tensor, list[Tensor]]:
        """See `Equations.step_gradient`."""
        d_projected = d_states[0] * derivative(self.activation, after[0])
        return d_projected, [values_gradient(d_projected, weights["recurrent_kernel"], mask)]

    def weight_gradients(
        self,
        d_projected: Tensor,
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
        """See `Equations.weight_gradients`."""
        return {
            "recurrent_kernel": matrix_gradient(before[0], d_projected, mask),
            "bias": sum_over_time(d_projected),
        }
