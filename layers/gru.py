"""Gated recurrent unit."""

import keras
from keras import ops

from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell


@keras.saving.register_keras_serializable("seqzoo")
class GRUCell(RecurrentCell):
    """One time step of a gated recurrent unit (Cho et al. 2014, arXiv:1406.1078).

    ```
    z = sigmoid(x[t] W_z + h[t-1] R_z + b_z)     update gate
    r = sigmoid(x[t] W_r + h[t-1] R_r + b_r)     reset gate
    ```

    `reset_after=False`, the reset gate before the product, as published:

    ```
    g = tanh(x[t] W_g + (r h[t-1]) R_g + b_g)    candidate
    ```

    `reset_after=True`, after the product and with biases q of its own for the recurrent products
    of all gates, as in cuDNN; the default, as in Keras:

    ```
    g = tanh(x[t] W_g + b_g + r (h[t-1] R_g + q_g))
    ```

    In both

    ```
    h[t] = z h[t-1] + (1 - z) g                  output
    ```

    The weights hold the gates in the order z, r, g; the bias is `(3 units,)`, or `(2, 3 units)`
    with `reset_after`: b above q.

    Args:
        units: See `RecurrentCell`, as for all arguments not named here.
        activation: Stands for tanh.
        recurrent_activation: Stands for sigmoid. Defaults to `"sigmoid"`.
        reset_after: Which of the two forms. Defaults to `True`.
    """

    gates = 3

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        reset_after=True,
        **kwargs,
    ):
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
        self.reset_after = reset_after

    def bias_shape(self):
        """`(3 units,)`, or `(2, 3 units)` with `reset_after`."""
        shape = super().bias_shape()
        return (2, *shape) if self.reset_after else shape

    def input_bias(self):
        """b, without q."""
        return self.bias[0] if self.reset_after else self.bias

    def step(self, projected, states, training):
        """The equations above; see `RecurrentCell.step`."""
        (h,) = states
        x_z, x_r, x_g = ops.split(projected, 3, axis=-1)
        mask = self.recurrent_dropout_mask(h, training)
        candidate = self._reset_after if self.reset_after else self._reset_before
        z, g = candidate(h, x_z, x_r, x_g, mask)
        h = z * h + (1 - z) * g
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
    """A gated recurrent unit layer: drop-in for `keras.layers.GRU`.

    Equations: `GRUCell`. Arguments: `GRUCell` and `RecurrentCell`, then `Recurrent`.

    >>> import numpy as np
    >>> GRU(4, reset_after=False)(np.ones((2, 5, 3))).shape
    TensorShape([2, 4])
    """

    cell_class = GRUCell
