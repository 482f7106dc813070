"""Backpropagation through a step of `GRUCell`, in each of its forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.activations import derivative
from seqzoo.layers.kernels.equations import Equations, sum_over_time
from seqzoo.layers.kernels.products import matrix_gradient, product, values_gradient


@dataclass(frozen=True)
class GRUEquations(Equations):
    """Base of the GRU forms: the update gate interpolates between state and candidate.

    Attributes:
        recurrent_activation: A function of `keras.activations` with a known derivative.
        update_keeps: Whether the update gate z is the fraction of the old state that is kept;
            otherwise it is the fraction of the candidate that is written.
    """

    recurrent_activation: Callable[[Tensor], Tensor]
    update_keeps: bool

    def _mix(self, z, h, g):
        return z * h + (1 - z) * g if self.update_keeps else (1 - z) * h + z * g

    def _mix_gradient(self, d_h, z, h, g):
        """Returns the gradients of update gate and candidate, before activation, and of h."""
        kept, written = (z, 1 - z) if self.update_keeps else (1 - z, z)
        d_z = d_h * ((h - g) if self.update_keeps else (g - h))
        return (
            d_z * derivative(self.recurrent_activation, z),
            d_h * written * derivative(self.activation, g),
            d_h * kept,
        )


@dataclass(frozen=True)
class ResetAfterEquations(GRUEquations):
    """Equations of the form with the reset gate after the product."""

    residuals_per_unit = 4

    def input_bias(self, weights: Mapping[str, Tensor]) -> Tensor:
        """Returns b, without the bias q of the recurrent products."""
        return weights["bias"][0]

    def step(
        self,
        projected: Tensor,
        states: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[list[Tensor], Tensor | None]:
        """See `Equations.step`; the residuals are z, r, g and the candidate's recurrent product."""
        (h,) = states
        recurrent = product(h, weights["recurrent_kernel"], mask)
        if "bias" in weights:
            recurrent = recurrent + weights["bias"][1]
        x_z, x_r, x_g = tf.split(projected, 3, axis=1)
        h_z, h_r, h_g = tf.split(recurrent, 3, axis=1)
        z = self.recurrent_activation(x_z + h_z)
        r = self.recurrent_activation(x_r + h_r)
        g = self.activation(x_g + r * h_g)
        return [self._mix(z, h, g)], tf.concat([z, r, g, h_g], axis=1)

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
        z, r, g, h_g = tf.split(residuals, 4, axis=1)
        d_z, d_g, d_h = self._mix_gradient(d_states[0], z, before[0], g)
        d_r = d_g * h_g * derivative(self.recurrent_activation, r)
        d_recurrent = tf.concat([d_z, d_r, d_g * r], axis=1)
        d_h = d_h + values_gradient(d_recurrent, weights["recurrent_kernel"], mask)
        return tf.concat([d_z, d_r, d_g], axis=1), [d_h]

    def weight_gradients(
        self,
        d_projected: Tensor,
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
        """See `Equations.weight_gradients`."""
        d_z, d_r, d_g = tf.split(d_projected, 3, axis=2)
        _, r, _, _ = tf.split(residuals, 4, axis=2)
        d_recurrent = tf.concat([d_z, d_r, d_g * r], axis=2)
        return {
            "recurrent_kernel": matrix_gradient(before[0], d_recurrent, mask),
            "bias": tf.stack([sum_over_time(d_projected), sum_over_time(d_recurrent)]),
        }


@dataclass(frozen=True)
class ResetBeforeEquations(GRUEquations):
    """Equations of the forms with the reset gate before the product."""

    residuals_per_unit = 3

    def step(
        self,
        projected: Tensor,
        states: Sequence[Tensor],
        weights: Mapping[str, Tensor],
        mask: Tensor | None,
    ) -> tuple[list[Tensor], Tensor | None]:
        """See `Equations.step`; the residuals are z, r and g."""
        (h,) = states
        R_zr, R_g = _split_gates(weights["recurrent_kernel"])
        mask_zr, mask_g = _split_mask(mask)
        x_z, x_r, x_g = tf.split(projected, 3, axis=1)
        h_z, h_r = tf.split(product(h, R_zr, mask_zr), 2, axis=1)
        z = self.recurrent_activation(x_z + h_z)
        r = self.recurrent_activation(x_r + h_r)
        g = self.activation(x_g + product(r * h, R_g, mask_g))
        return [self._mix(z, h, g)], tf.concat([z, r, g], axis=1)

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
        R_zr, R_g = _split_gates(weights["recurrent_kernel"])
        mask_zr, mask_g = _split_mask(mask)
        z, r, g = tf.split(residuals, 3, axis=1)
        d_z, d_g, d_h = self._mix_gradient(d_states[0], z, before[0], g)
        d_reset = values_gradient(d_g, R_g, mask_g)
        d_r = d_reset * before[0] * derivative(self.recurrent_activation, r)
        d_zr = tf.concat([d_z, d_r], axis=1)
        d_h = d_h + d_reset * r + values_gradient(d_zr, R_zr, mask_zr)
        return tf.concat([d_zr, d_g], axis=1), [d_h]

    def weight_gradients(
        self,
        d_projected: Tensor,
        residuals: Tensor | None,
        before: Sequence[Tensor],
        after: Sequence[Tensor],
        mask: Tensor | None,
    ) -> dict[str, Tensor]:
        """See `Equations.weight_gradients`."""
        mask_zr, mask_g = _split_mask(mask)
        d_zr, d_g = _split_gates(d_projected)
        _, r, _ = tf.split(residuals, 3, axis=2)
        R_zr = matrix_gradient(before[0], d_zr, mask_zr)
        R_g = matrix_gradient(r * before[0], d_g, mask_g)
        return {
            "recurrent_kernel": tf.concat([R_zr, R_g], axis=1),
            "bias": sum_over_time(d_projected),
        }


def _split_gates(values):
    """Splits the last axis into that of z and r, and that of g."""
    units = values.shape[-1] // 3
    return values[..., : 2 * units], values[..., 2 * units :]


def _split_mask(mask):
    return (mask[:, :2], mask[:, 2:]) if mask is not None else (None, None)
