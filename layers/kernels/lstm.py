"""Backpropagation through a step of `LSTMCell` and `PeepholeLSTMCell`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.activations import derivative
from seqzoo.layers.kernels.equations import Equations, sum_over_time
from seqzoo.layers.kernels.products import matrix_gradient, product, values_gradient


@dataclass(frozen=True)
class LSTMEquations(Equations):
    """Equations of `LSTMCell`, and of `PeepholeLSTMCell` if the weights include `peepholes`.

    Attributes:
        recurrent_activation: A function of `keras.activations` with a known derivative.
    """

    residuals_per_unit = 4
    recurrent_activation: Callable[[Tensor], Tensor]

    def step(
        self,
        projected: Tensor,
        states: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[list[Tensor], Tensor | None]:
        """See `Equations.step`; the residuals are the gates i, f, g, o."""
        h, c = states
        gates = projected + product(h, weights["recurrent_kernel"], mask)
        i, f, g, o = tf.split(gates, 4, axis=1)
        i = self.recurrent_activation(i + _peephole(weights, 0, c))
        f = self.recurrent_activation(f + _peephole(weights, 1, c))
        g = self.activation(g)
        c = f * c + i * g
        o = self.recurrent_activation(o + _peephole(weights, 2, c))
        return [o * self.activation(c), c], tf.concat([i, f, g, o], axis=1)

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
        d_h, d_c = d_states
        i, f, g, o = tf.split(residuals, 4, axis=1)
        activated = self.activation(after[1])
        d_o = d_h * activated * derivative(self.recurrent_activation, o)
        d_c = d_c + d_h * o * derivative(self.activation, activated) + _peephole(weights, 2, d_o)
        d_i = d_c * g * derivative(self.recurrent_activation, i)
        d_f = d_c * before[1] * derivative(self.recurrent_activation, f)
        d_g = d_c * i * derivative(self.activation, g)
        d_projected = tf.concat([d_i, d_f, d_g, d_o], axis=1)
        d_h = values_gradient(d_projected, weights["recurrent_kernel"], mask)
        d_c = d_c * f + _peephole(weights, 0, d_i) + _peephole(weights, 1, d_f)
        return d_projected, [d_h, d_c]

    def weight_gradients(
        self,
        d_projected: Tensor,
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
        """See `Equations.weight_gradients`."""
        d_i, d_f, _, d_o = tf.split(d_projected, 4, axis=2)
        peepholes = [d_i * before[1], d_f * before[1], d_o * after[1]]
        return {
            "recurrent_kernel": matrix_gradient(before[0], d_projected, mask),
            "bias": sum_over_time(d_projected),
            "peepholes": tf.stack([sum_over_time(d_p) for d_p in peepholes]),
        }


def _peephole(weights, gate, values):
    """Returns the values times the peepholes of a gate; zero for an LSTM without peepholes."""
    return weights["peepholes"][gate] * values if "peepholes" in weights else 0
