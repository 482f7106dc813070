"""Gated recurrent unit (GRU)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import keras
import numpy as np
from keras import ops

from seqzoo.core.keras_internals import cudnn_gru, cudnn_ok
from seqzoo.core.types import Activation, Initializer, Tensor
from seqzoo.layers.kernels.cudnn import cudnn_arguments
from seqzoo.layers.kernels.equations import Equations
from seqzoo.layers.kernels.gru import ResetAfterEquations, ResetBeforeEquations
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell

Form: TypeAlias = Literal["reset_after", "cho", "chung"]
FORMS = get_args(Form)


@keras.saving.register_keras_serializable("seqzoo")
class GRUCell(RecurrentCell):
    """One time step of a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078).

    ```
    z = sigmoid(x[t] W_z + h[t-1] R_z + b_z)             update gate
    r = sigmoid(x[t] W_r + h[t-1] R_r + b_r)             reset gate
    ```

    Three forms are in use. `form="cho"`, as published, applies the reset gate before the product:

    ```
    g = tanh(x[t] W_g + (r h[t-1]) R_g + b_g)            candidate
    h[t] = z h[t-1] + (1 - z) g                          output
    ```

    In `form="chung"` (Chung et al. 2014, arXiv:1412.3555), z is the fraction of new content:

    ```
    g = tanh(x[t] W_g + (r h[t-1]) R_g + b_g)
    h[t] = (1 - z) h[t-1] + z g
    ```

    `form="reset_after"`, the default as in Keras, applies the reset gate after the product, and
    has separate biases q for the recurrent products of all gates, as in cuDNN:

    ```
    g = tanh(x[t] W_g + b_g + r (h[t-1] R_g + q_g))
    h[t] = z h[t-1] + (1 - z) g
    ```

    The weights hold the gates in the order z, r, g; the bias is `(3 units,)`, or `(2, 3 units)`
    in the form `"reset_after"`: b above q. `convert_gru_weights` converts them.

    Args:
        units: See `RecurrentCell`, as for all arguments not named here.
        activation: Activation in place of tanh. Defaults to `"tanh"`.
        recurrent_activation: Activation in place of sigmoid. Defaults to `"sigmoid"`.
        reset_after: Keras's argument: `True` for the form `"reset_after"`, `False` for `"cho"`;
            `form` takes precedence. Defaults to `True`.
        form: `"reset_after"`, `"cho"` or `"chung"`. Defaults to the form that `reset_after` names.

    Raises:
        ValueError: If `form` is not one of these.
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        reset_after: bool = True,
        form: Form | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            **kwargs,
        )
        if form not in (None, *FORMS):
            raise ValueError(f"Argument `form` must be one of {FORMS}. Received: form={form!r}")
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.form = form or ("reset_after" if reset_after else "cho")
        self.reset_after = self.form == "reset_after"

    def bias_shape(self) -> tuple[int, ...]:
        """Returns `(3 units,)`, or `(2, 3 units)` in the form `"reset_after"`."""
        shape = super().bias_shape()
        return (2, *shape) if self.reset_after else shape

    def input_bias(self) -> Tensor:
        """Returns b, without q."""
        return self.bias[0] if self.reset_after else self.bias

    def equations(self) -> Equations:
        """See `RecurrentCell.equations`."""
        kind = ResetAfterEquations if self.reset_after else ResetBeforeEquations
        return kind(self.activation, self.recurrent_activation, self.form != "chung")

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The equations above; see `RecurrentCell.step`."""
        (h,) = states
        x_z, x_r, x_g = ops.split(projected, 3, axis=-1)
        mask = self.recurrent_dropout_mask(h, training)
        candidate = self._reset_after if self.reset_after else self._reset_before
        z, g = candidate(h, x_z, x_r, x_g, mask)
        h = (1 - z) * h + z * g if self.form == "chung" else z * h + (1 - z) * g
        return h, [h]

    def _reset_after(self, h, x_z, x_r, x_g, mask):
        recurrent = self.product(h, self.recurrent_kernel, mask)
        if self.bias is not None:
            recurrent = recurrent + self.bias[1]
        h_z, h_r, h_g = ops.split(recurrent, 3, axis=-1)
        z = self.recurrent_activation(x_z + h_z)
        r = self.recurrent_activation(x_r + h_r)
        return z, self.activation(x_g + r * h_g)

    def _reset_before(self, h, x_z, x_r, x_g, mask):
        R_zr, R_g = ops.split(self.recurrent_kernel, [2 * self.units], axis=-1)
        mask_zr, mask_g = (mask[:2], mask[2:]) if mask is not None else (None, None)
        h_z, h_r = ops.split(self.product(h, R_zr, mask_zr), 2, axis=-1)
        z = self.recurrent_activation(x_z + h_z)
        r = self.recurrent_activation(x_r + h_r)
        return z, self.activation(x_g + self.product(r * h, R_g, mask_g))


@keras.saving.register_keras_serializable("seqzoo")
class GRU(Recurrent):
    """A gated recurrent unit layer; drop-in replacement for `keras.layers.GRU`.

    Equations: `GRUCell`. Arguments: `GRUCell` and `RecurrentCell`, then `Recurrent`.

    >>> import numpy as np
    >>> GRU(4, reset_after=False)(np.ones((2, 5, 3))).shape
    TensorShape([2, 4])
    """

    cell_class = GRUCell

    def cudnn_ok(self) -> bool:
        """See `Recurrent.cudnn_ok`."""
        cell = self.cell
        return type(cell) is GRUCell and cudnn_ok(
            cell.activation,
            cell.recurrent_activation,
            self.unroll,
            cell.use_bias,
            reset_after=cell.reset_after,
        )

    def call_cudnn(
        self, sequences: Tensor, initial_state: Sequence[Tensor], mask: Tensor | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """See `Recurrent.call_cudnn`."""
        return cudnn_gru(
            sequences,
            *initial_state,
            mask,
            reset_after=self.cell.reset_after,
            **cudnn_arguments(self),
        )


def convert_gru_weights(
    weights: Sequence[np.ndarray],
    source: Form,
    target: Form,
) -> list[np.ndarray]:
    """Converts the weights of a GRU between forms, so that it computes the same outputs.

    `"cho"` and `"chung"` differ only in the sign of the update gate's weights, as
    1 - sigmoid(a) = sigmoid(-a). `"reset_after"` has no equivalent weights in the other forms.

    >>> import numpy as np
    >>> cho, chung = GRU(4, form="cho"), GRU(4, form="chung")
    >>> x = np.ones((2, 5, 3), "float32")
    >>> y = cho(x), chung(x)
    >>> chung.set_weights(convert_gru_weights(cho.get_weights(), "cho", "chung"))
    >>> bool(np.allclose(cho(x), chung(x), atol=1e-6))
    True

    Args:
        weights: List of arrays, as from `get_weights`: kernel, recurrent kernel and, if there is
            one, bias.
        source: The form of the given weights.
        target: The form to convert to.

    Returns:
        List of arrays for `set_weights`.

    Raises:
        ValueError: If a form is unknown, or one cannot be converted to the other.
    """
    for name, form in {"source": source, "target": target}.items():
        if form not in FORMS:
            raise ValueError(f"Argument `{name}` must be one of {FORMS}. Received: {name}={form!r}")
    if source == target:
        return list(weights)
    if "reset_after" in (source, target):
        raise ValueError(
            "Weights with the reset gate after the product have no counterpart before it. "
            f"Received: source={source!r}, target={target!r}"
        )
    return [_negated_update_gate(np.array(weight)) for weight in weights]


def _negated_update_gate(weight):
    weight[..., : weight.shape[-1] // 3] *= -1
    return weight
