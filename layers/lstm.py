"""Long short-term memory (LSTM)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqzoo.core.keras_internals import cudnn_lstm, cudnn_ok
from seqzoo.core.types import Activation, Initializer, Tensor
from seqzoo.layers.kernels.cudnn import cudnn_arguments
from seqzoo.layers.kernels.equations import Equations
from seqzoo.layers.kernels.lstm import LSTMEquations
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell


@keras.saving.register_keras_serializable("seqzoo")
class LSTMCell(RecurrentCell):
    """One time step of a long short-term memory.

    Hochreiter & Schmidhuber (1997), with the forget gate of Gers, Schmidhuber & Cummins (2000):

    ```
    i = sigmoid(x[t] W_i + h[t-1] R_i + b_i)     input gate
    f = sigmoid(x[t] W_f + h[t-1] R_f + b_f)     forget gate
    g = tanh   (x[t] W_g + h[t-1] R_g + b_g)     candidate
    o = sigmoid(x[t] W_o + h[t-1] R_o + b_o)     output gate
    c[t] = f c[t-1] + i g                        cell state
    h[t] = o tanh(c[t])                          output
    ```

    Products of gates and states are elementwise; every symbol is `(batch, units)`. The weights
    hold the gates in the order i, f, g, o, as in Keras.

    Args:
        units: See `RecurrentCell`, as for all arguments not named here.
        activation: Activation in place of tanh. Defaults to `"tanh"`.
        recurrent_activation: Activation in place of sigmoid. Defaults to `"sigmoid"`.
        unit_forget_bias: Whether to initialize b_f to one, so that an untrained cell remembers
            (Jozefowicz et al. 2015). Defaults to `True`.
    """

    gates = 4
    state_names = ("h", "c")

    def __init__(
        self,
        units: int,
        activation: Activation = "tanh",
        recurrent_activation: Activation = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Initializer = "glorot_uniform",
        recurrent_initializer: Initializer = "orthogonal",
        bias_initializer: Initializer = "zeros",
        unit_forget_bias: bool = True,
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
        self.recurrent_activation = keras.activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias

    def initialize_bias(self, shape: Sequence[int], dtype: str | None = None) -> Tensor:
        """Returns the initial bias: `bias_initializer`, with ones for b_f by `unit_forget_bias`."""
        if not self.unit_forget_bias:
            return super().initialize_bias(shape, dtype)
        return ops.concatenate(
            [
                self.bias_initializer((self.units,), dtype=dtype),
                ops.ones((self.units,), dtype=dtype),
                self.bias_initializer((2 * self.units,), dtype=dtype),
            ]
        )

    def equations(self) -> Equations:
        """See `RecurrentCell.equations`."""
        return LSTMEquations(self.activation, self.recurrent_activation)

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The equations above; see `RecurrentCell.step`."""
        h, c = states
        recurrent = self.product(h, self.recurrent_kernel, self.recurrent_dropout_mask(h, training))
        i, f, g, o = ops.split(projected + recurrent, 4, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]


@keras.saving.register_keras_serializable("seqzoo")
class LSTM(Recurrent):
    """A long short-term memory layer; drop-in replacement for `keras.layers.LSTM`.

    Equations: `LSTMCell`. Arguments: `LSTMCell` and `RecurrentCell`, then `Recurrent`. The states
    are h and c.

    >>> import numpy as np
    >>> outputs, h, c = LSTM(4, return_sequences=True, return_state=True)(np.ones((2, 5, 3)))
    >>> outputs.shape, h.shape, c.shape
    (TensorShape([2, 5, 4]), TensorShape([2, 4]), TensorShape([2, 4]))
    """

    cell_class = LSTMCell

    def cudnn_ok(self) -> bool:
        """See `Recurrent.cudnn_ok`."""
        cell = self.cell
        return type(cell) is LSTMCell and cudnn_ok(
            cell.activation, cell.recurrent_activation, self.unroll, cell.use_bias
        )

    def call_cudnn(
        self, sequences: Tensor, initial_state: Sequence[Tensor], mask: Tensor | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """See `Recurrent.call_cudnn`."""
        return cudnn_lstm(sequences, *initial_state, mask, **cudnn_arguments(self))
