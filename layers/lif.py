"""Leaky integrate-and-fire (LIF) neurons, trained with surrogate gradients."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops

from seqzoo.core.types import Shape, Tensor
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell

# Replacements for the derivative of the step function, in z = surrogate_scale (v - threshold).
SURROGATES = {
    "fast_sigmoid": lambda z: 1 / ops.square(1 + ops.abs(z)),
    "arctan": lambda z: 1 / (1 + ops.square(math.pi / 2 * z)),
    "sigmoid": lambda z: 4 * ops.sigmoid(z) * ops.sigmoid(-z),
    "triangle": lambda z: ops.relu(1 - ops.abs(z)),
}
RESETS = ("subtract", "zero")


def spike(excess: Tensor, surrogate: str, scale: float) -> Tensor:
    """Returns 1 where `excess` is positive, else 0, with the derivative of a surrogate.

    Args:
        excess: Tensor of any shape, the membrane potential minus the threshold.
        surrogate: A name in `SURROGATES`.
        scale: How fast the surrogate falls off with the distance from the threshold.

    Returns:
        A tensor of the shape and dtype of `excess`.
    """
    spikes = ops.cast(excess > 0, excess.dtype)
    slope = SURROGATES[surrogate](scale * excess)
    # The difference is zero and its derivative one. A SavedModel would lose a custom gradient.
    return ops.stop_gradient(spikes) + ops.stop_gradient(slope) * (
        excess - ops.stop_gradient(excess)
    )


@keras.saving.register_keras_serializable("seqzoo")
class LIFCell(RecurrentCell):
    """One time step of leaky integrate-and-fire neurons (Neftci, Mostafa & Zenke 2019).

    Surrogate Gradient Learning in Spiking Neural Networks, arXiv:1901.09948:

    ```
    I    = x[t] W + s[t-1] R + b                      input current
    v[t] = decay v[t-1] - threshold s[t-1] + I        membrane potential, reset="subtract"
    v[t] = decay v[t-1] (1 - s[t-1]) + I              membrane potential, reset="zero"
    s[t] = 1 where v[t] > threshold, else 0           spikes: the output
    ```

    Every symbol is `(batch, units)`; time is counted in steps, and a potential decays to 1/e in
    -1 / log(decay) steps. A spike at t resets the potential at t + 1, so v[t] is the potential
    that fired. `"subtract"` subtracts the threshold and keeps the excess; `"zero"` restarts from
    the input current alone (snnTorch's `"zero"` drops this current too).

    The derivative of a spike is zero almost everywhere. In the backward pass, and only there, a
    surrogate replaces it, which is 1 at the threshold; with z = surrogate_scale (v - threshold):

    ```
    ds/dv = 1 / (1 + |z|)^2              "fast_sigmoid" (Zenke & Ganguli 2018)
            1 / (1 + (pi z / 2)^2)       "arctan"       (Fang et al. 2021)
            4 sigmoid(z) sigmoid(-z)     "sigmoid"
            max(0, 1 - |z|)              "triangle"     (Bellec et al. 2018)
    ```

    No gradient flows through the reset (Zenke & Vogels 2021), as in snnTorch; it flows through
    the leak and the recurrent weights.

    Args:
        units: See `RecurrentCell`, as for all arguments not named here. There is no `activation`.
        decay: Number in [0, 1], the fraction of the potential that remains after a time step.
            Defaults to 0.9.
        threshold: Positive number. Defaults to 1.
        reset: `"subtract"` or `"zero"`. Defaults to `"subtract"`.
        surrogate: A name above. Defaults to `"fast_sigmoid"`.
        surrogate_scale: Positive number. A larger value is closer to the step function, but lets
            fewer neurons learn. Defaults to 10.
        recurrent: Whether spikes feed back through R. If false, there is no R, and its arguments
            and dropout have no effect; s[t-1] only resets. Defaults to `True`.
        learn_decay: Whether each unit learns its own decay, which starts at `decay`: a weight p
            `(units,)` after the others, decay = sigmoid(p) (Fang et al. 2021, arXiv:2007.05785).
            Defaults to `False`.

    Raises:
        ValueError: If an argument is outside its range or names, if `learn_decay` starts at 0 or
            1, or for the reasons of `RecurrentCell`.
    """

    gates = 1
    state_names = ("s", "v")

    def __init__(
        self,
        units: int,
        decay: float = 0.9,
        threshold: float = 1.0,
        reset: Literal["subtract", "zero"] = "subtract",
        surrogate: Literal["fast_sigmoid", "arctan", "sigmoid", "triangle"] = "fast_sigmoid",
        surrogate_scale: float = 10.0,
        recurrent: bool = True,
        learn_decay: bool = False,
        **kwargs: Any,
    ) -> None:
        if "activation" in kwargs:
            raise ValueError(
                "Argument `activation` is not for spiking neurons: their output is 0 or 1. "
                f"Received: activation={kwargs['activation']!r}"
            )
        super().__init__(units, **kwargs)
        _check_number("decay", decay, 0 <= decay <= 1, "lie in [0, 1]")
        _check_number("threshold", threshold, threshold > 0, "be positive")
        _check_number("surrogate_scale", surrogate_scale, surrogate_scale > 0, "be positive")
        _check_choice("reset", reset, RESETS)
        _check_choice("surrogate", surrogate, SURROGATES)
        if learn_decay:
            _check_number("decay", decay, 0 < decay < 1, "lie in (0, 1) for `learn_decay=True`")
        self.decay = decay
        self.threshold = threshold
        self.reset = reset
        self.surrogate = surrogate
        self.surrogate_scale = surrogate_scale
        self.recurrent = recurrent
        self.learn_decay = learn_decay

    @classmethod
    def parameters(cls) -> dict[str, inspect.Parameter]:
        """Returns the parameters of `RecurrentCell` without `activation`."""
        parameters = super().parameters()
        del parameters["activation"]
        return parameters

    def build(self, input_shape: Shape) -> None:
        """Creates W `(features, units)`, R `(units, units)`, b and p."""
        super().build(input_shape)
        if self.learn_decay:
            self.decay_logit = self.add_weight(
                shape=(self.units,),
                name="decay_logit",
                initializer=keras.initializers.Constant(math.log(self.decay / (1 - self.decay))),
            )

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The equations above; see `RecurrentCell.step`."""
        s, v = states
        current = projected
        if self.recurrent:
            mask = self.recurrent_dropout_mask(s, training)
            current = current + self.product(s, self.recurrent_kernel, mask)
        decayed = (ops.sigmoid(self.decay_logit) if self.learn_decay else self.decay) * v
        fired = ops.stop_gradient(s)
        if self.reset == "subtract":
            v = decayed - self.threshold * fired + current
        else:
            v = decayed * (1 - fired) + current
        s = spike(v - self.threshold, self.surrogate, self.surrogate_scale)
        return s, [s, v]


def _check_number(name, value, holds, must):
    if not holds:
        raise ValueError(f"Argument `{name}` must {must}. Received: {name}={value}")


def _check_choice(name, value, choices):
    if value not in choices:
        names = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"Argument `{name}` must be one of {names}. Received: {name}={value!r}")


@keras.saving.register_keras_serializable("seqzoo")
class LIF(Recurrent):
    """A layer of leaky integrate-and-fire neurons, which Keras does not have.

    Equations: `LIFCell`. Arguments: `LIFCell` and `RecurrentCell`, then `Recurrent`. The states
    are s, the spikes of the last time step, and v, the membrane potential.

    One neuron with a constant input current charges, fires, and starts again:

    >>> import numpy as np
    >>> neuron = LIF(1, recurrent=False, return_sequences=True)
    >>> neuron.build((None, None, 1))
    >>> neuron.set_weights([np.array([[0.4]]), np.array([0.0])])
    >>> spikes = neuron(np.ones((1, 9, 1), "float32"))
    >>> print(np.ravel(spikes))
    [0. 0. 1. 0. 0. 1. 0. 0. 1.]
    """

    cell_class = LIFCell
