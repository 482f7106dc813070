"""Simple recurrent network (Elman network)."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from seqzoo.core.types import Tensor
from seqzoo.layers.kernels.equations import Equations
from seqzoo.layers.kernels.simple_rnn import SimpleRNNEquations
from seqzoo.layers.recurrent import Recurrent
from seqzoo.layers.recurrent_cell import RecurrentCell


@keras.saving.register_keras_serializable("seqzoo")
class SimpleRNNCell(RecurrentCell):
    """One time step of a simple recurrent network (Elman 1990, Finding Structure in Time).

    ```
    h[t] = tanh(x[t] W + h[t-1] R + b)
    ```

    x[t] is the input `(batch, features)`, h[t] the state and output `(batch, units)`. The
    arguments are those of `RecurrentCell`; `activation` replaces tanh.
    """

    gates = 1

    def equations(self) -> Equations:
        """See `RecurrentCell.equations`."""
        return SimpleRNNEquations(self.activation)

    def step(
        self, projected: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, list[Tensor]]:
        """The equation above; see `RecurrentCell.step`."""
        (h,) = states
        recurrent = self.product(h, self.recurrent_kernel, self.recurrent_dropout_mask(h, training))
        h = self.activation(projected + recurrent)
        return h, [h]


@keras.saving.register_keras_serializable("seqzoo")
class SimpleRNN(Recurrent):
    """A simple recurrent layer; drop-in replacement for `keras.layers.SimpleRNN`.

    Equation: `SimpleRNNCell`. Arguments: `RecurrentCell`, then `Recurrent`.

    A worked example with two inputs and one unit:

    >>> import numpy as np
    >>> rnn = SimpleRNN(1, return_sequences=True)
    >>> rnn.build((None, None, 1))
    >>> rnn.set_weights([np.array([[0.4]]), np.array([[0.9]]), np.array([0.1])])
    >>> h = rnn(np.array([[[0.5], [-0.3]]], "float32"))
    >>> print(np.round(np.ravel(h), 4))
    [0.2913 0.2376]
    """

    cell_class = SimpleRNNCell
