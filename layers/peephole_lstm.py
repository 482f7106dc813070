"""Long short-term memory (LSTM) with peephole connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqzoo.core.types import Activation, Constraint, Initializer, Regularizer, Shape, Tensor
from seqzoo.layers.kernels.equations import Equations
from seqzoo.layers.lstm import LSTMCell
from seqzoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable("seqzoo")
class PeepholeLSTMCell(LSTMCell):
    """One time step of an LSTM with peepholes (Gers & Schmidhuber 2000, Recurrent Nets that Time).

    The gates also read the cell state, through one weight for each unit: the input and forget
    gates read c[t-1], the output gate reads c[t].

    ```
    i = sigmoid(x[t] W_i + h[t-1] R_i + p_i c[t-1] + b_i)     input gate
    f = sigmoid(x[t] W_f + h[t-1] R_f + p_f c[t-1] + b_f)     forget gate
    g = tanh   (x[t] W_g + h[t-1] R_g              + b_g)     candidate
    c[t] = f c[t-1] + i g                                     cell state
    o = sigmoid(x[t] W_o + h[t-1] R_o + p_o c[t]   + b_o)     output gate
    h[t] = o tanh(c[t])                                       output
    ```

    With p = 0 this is `LSTMCell`. The peepholes are a weight `(3, units)` in the order i, f, o,
    after the weights of `LSTMCell`.

    Args:
        units: See `LSTMCell`, as for all arguments not named here.
        peephole_initializer: Initializer of p. Defaults to `"zeros"`, with which training starts
            from an LSTM without peepholes.
        peephole_regularizer: Regularizer of p. Defaults to `None`.
        peephole_constraint: Constraint of p. Defaults to `None`.
    """

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
        peephole_initializer: Initializer = "zeros",
        peephole_regularizer: Regularizer = None,
        peephole_constraint: Constraint = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            unit_forget_bias=unit_forget_bias,
            **kwargs,
        )
        self.peephole_initializer = keras.initializers.get(peephole_initializer)
        self.peephole_regularizer = keras.regularizers.get(peephole_regularizer)
        self.peephole_constraint = keras.constraints.get(peephole_constraint)

    def build(self, input_shape: Shape) -> None:
        """Creates W, R, b and the peepholes p `(3, units)`."""
        super().build(input_shape)
        self.peepholes = self.add_weight(
            shape=(3, self.units),
            name="peepholes",
            initializer=self.peephole_initializer,
            regularizer=self.peephole_regularizer,
            constraint=self.peephole_constraint,
        )

    def equations(self) -> Equations:
        """See `RecurrentCell.equations`; `LSTMEquations` supports peepholes."""
        return super().equations()

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The equations above; see `RecurrentCell.step`."""
        h, c = states
        recurrent = self.product(h, self.recurrent_kernel, self.recurrent_dropout_mask(h, training))
        i, f, g, o = ops.split(projected + recurrent, 4, axis=-1)
        p_i, p_f, p_o = ops.unstack(self.peepholes, 3, axis=0)
        i = self.recurrent_activation(i + p_i * c)
        f = self.recurrent_activation(f + p_f * c)
        c = f * c + i * self.activation(g)
        o = self.recurrent_activation(o + p_o * c)
        h = o * self.activation(c)
        return h, [h, c]


@keras.saving.register_keras_serializable("seqzoo")
class PeepholeLSTM(Recurrent):
    """A long short-term memory layer with peepholes, which Keras does not have.

    Equations: `PeepholeLSTMCell`. Arguments: `PeepholeLSTMCell`, `LSTMCell` and `RecurrentCell`,
    then `Recurrent`. The states are h and c. Its first three weights are those of an LSTM, so it
    can start from a trained LSTM:

    >>> import keras
    >>> lstm, peephole = keras.layers.LSTM(4), PeepholeLSTM(4)
    >>> x = keras.random.normal((2, 5, 3))
    >>> y = lstm(x), peephole(x)
    >>> peephole.set_weights([*lstm.get_weights(), keras.ops.zeros((3, 4))])
    >>> bool(keras.ops.all(keras.ops.isclose(lstm(x), peephole(x), atol=1e-6)))
    True
    """

    cell_class = PeepholeLSTMCell
