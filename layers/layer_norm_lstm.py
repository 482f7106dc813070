"""Long short-term memory (LSTM) with layer normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqzoo.core.types import Activation, Initializer, Shape, Tensor
from seqzoo.layers.lstm import LSTMCell
from seqzoo.layers.recurrent import Recurrent


@keras.saving.register_keras_serializable("seqzoo")
class LayerNormLSTMCell(LSTMCell):
    """One time step of a layer-normalized LSTM (Ba, Kiros & Hinton 2016, arXiv:1607.06450).

    Equations 20 to 22 of the paper: the products with the input and with the previous output are
    normalized before they are summed, and the cell state is normalized before it is output.

    ```
    LN(a) = (a - mean(a)) / sqrt(variance(a) + epsilon)

    [i, f, g, o] = gamma_x LN(x[t] W) + gamma_h LN(h[t-1] R) + b     gates, before activation
    c[t] = sigmoid(f) c[t-1] + sigmoid(i) tanh(g)                    cell state
    h[t] = sigmoid(o) tanh(gamma_c LN(c[t]) + beta_c)                output
    ```

    Mean and variance are taken over one row: over all four gates together, `(batch, 4 units)`, and
    over the cell state, `(batch, units)`. In the paper each normalized product also has a bias;
    with b that would be three biases of one sum, so here b replaces all three. The cell state
    passed to the next time step is c[t] itself, as in the paper, not the normalized one, as in
    TensorFlow Addons.

    The gains and the bias of the cell state are weights after those of `LSTMCell`, in the order
    gamma_x `(4 units,)`, gamma_h `(4 units,)`, gamma_c `(units,)`, beta_c `(units,)`.

    Args:
        units: See `LSTMCell`, as for all arguments not named here.
        use_bias: Whether to use b. beta_c is used in either case. Defaults to `True`.
        epsilon: Positive number, added to the variance: it limits how much a row of almost equal
            numbers is amplified. Defaults to 1e-3, as in `keras.layers.LayerNormalization`.
        gamma_initializer: Initializer of the three gains. Defaults to `"ones"`.
        beta_initializer: Initializer of beta_c. Defaults to `"zeros"`.

    Raises:
        ValueError: If `epsilon` is not positive, or for the reasons of `RecurrentCell`.
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
        epsilon: float = 1e-3,
        gamma_initializer: Initializer = "ones",
        beta_initializer: Initializer = "zeros",
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
        if not epsilon > 0:
            raise ValueError(f"Argument `epsilon` must be positive. Received: epsilon={epsilon}")
        self.epsilon = epsilon
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.beta_initializer = keras.initializers.get(beta_initializer)

    def build(self, input_shape: Shape) -> None:
        """Creates W, R, b, the gains gamma_x, gamma_h, gamma_c, and beta_c."""
        super().build(input_shape)
        for name, size in {
            "kernel_gamma": 4 * self.units,
            "recurrent_gamma": 4 * self.units,
            "state_gamma": self.units,
        }.items():
            gamma = self.add_weight(shape=(size,), name=name, initializer=self.gamma_initializer)
            setattr(self, name, gamma)
        self.state_beta = self.add_weight(
            shape=(self.units,), name="state_beta", initializer=self.beta_initializer
        )

    def project(self, inputs: Tensor, training: bool | None) -> Tensor:
        """Returns the part of a step that does not depend on the state: gamma_x LN(x W) + b."""
        product = self.product(inputs, self.kernel, self._input_dropout(inputs, training))
        return self.normalize(product, self.kernel_gamma, self.bias)

    def normalize(self, values: Tensor, gamma: Tensor, beta: Tensor | None = None) -> Tensor:
        """Returns gamma LN(values) + beta, over the last axis; in float32 in mixed precision."""
        return ops.layer_normalization(values, gamma, beta, axis=-1, epsilon=self.epsilon)

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The equations above; see `RecurrentCell.step`."""
        h, c = states
        recurrent = self.product(h, self.recurrent_kernel, self.recurrent_dropout_mask(h, training))
        recurrent = self.normalize(recurrent, self.recurrent_gamma)
        i, f, g, o = ops.split(projected + recurrent, 4, axis=-1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(g)
        normalized = self.normalize(c, self.state_gamma, self.state_beta)
        h = self.recurrent_activation(o) * self.activation(normalized)
        return h, [h, c]


@keras.saving.register_keras_serializable("seqzoo")
class LayerNormLSTM(Recurrent):
    """A layer-normalized long short-term memory layer, which Keras does not have.

    Equations: `LayerNormLSTMCell`. Arguments: `LayerNormLSTMCell`, `LSTMCell` and
    `RecurrentCell`, then `Recurrent`. The states are h and c.

    The output does not depend on the scale of the inputs if their variance is far above `epsilon`:

    >>> import keras
    >>> layer = LayerNormLSTM(4)
    >>> x = keras.random.normal((2, 5, 3))
    >>> bool(keras.ops.all(keras.ops.isclose(layer(10 * x), layer(1000 * x), atol=1e-3)))
    True
    """

    cell_class = LayerNormLSTMCell
