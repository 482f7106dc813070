"""Initializations against vanishing gradients, as keyword arguments of a layer.

    SimpleRNN(64, **irnn())
    LSTM(64, **chrono_lstm(max_time=500))

They also work with the layers of Keras. `seqzoo.training.gradient_flow` measures their effect.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import ops

from seqzoo.core.types import Config, Tensor


def irnn(gain: float = 1.0, stddev: float = 0.001, seed: int | None = None) -> dict:
    """Returns arguments that make a `SimpleRNN` an IRNN: identity matrix and rectifier.

    Le, Jaitly & Hinton (2015), A Simple Way to Initialize Recurrent Networks of Rectified Linear
    Units, arXiv:1504.00941:

    ```
    h[t] = max(0, x[t] W + h[t-1] R + b),    R = gain I,  W ~ Normal(0, stddev),  b = 0
    ```

    An untrained layer copies its state and adds its input. The gradient of a unit above zero flows
    back unchanged over any number of time steps; a unit at zero stops it.

    Use it for long dependencies with the cheapest layer: adding, counting, classifying long
    series. It needs a small learning rate and gradient clipping, as nothing bounds the state.

    >>> import numpy as np
    >>> from seqzoo.layers import SimpleRNN
    >>> layer = SimpleRNN(2, **irnn())
    >>> layer.build((None, None, 3))
    >>> print(np.asarray(layer.cell.recurrent_kernel))
    [[1. 0.]
     [0. 1.]]

    Args:
        gain: The factor of the identity matrix. The paper uses 0.01 where short dependencies
            matter most. Defaults to 1.
        stddev: Standard deviation of the input weights. Defaults to 0.001, as in the paper.
        seed: Seed of the input weights. Defaults to `None`.

    Returns:
        Constructor arguments of a `SimpleRNN`.
    """
    return {
        "activation": "relu",
        "kernel_initializer": keras.initializers.RandomNormal(stddev=stddev, seed=seed),
        "recurrent_initializer": keras.initializers.Identity(gain=gain),
        "bias_initializer": "zeros",
    }


def orthogonal(gain: float = 1.0, seed: int | None = None) -> dict:
    """Returns arguments that initialize each gate's recurrent weights as an orthogonal matrix.

    Saxe, McClelland & Ganguli (2014), Exact Solutions to the Nonlinear Dynamics of Learning in
    Deep Linear Neural Networks, arXiv:1312.6120: a product of orthogonal matrices is orthogonal
    and preserves the length of every vector; only the activations can shrink it.

    For a `SimpleRNN` with tanh, a gain slightly above 1 compensates for tanh' < 1. `"orthogonal"`,
    the default of all layers, has the same effect on a `SimpleRNN`. For an LSTM or GRU it makes
    only the wide matrix of all gates orthogonal, and each gate alone shrinks most vectors.

    >>> import numpy as np
    >>> from seqzoo.layers import GRU
    >>> layer = GRU(4, **orthogonal())
    >>> layer.build((None, None, 3))
    >>> R_z = np.asarray(layer.cell.recurrent_kernel)[:, :4]
    >>> bool(np.allclose(R_z @ R_z.T, np.eye(4), atol=1e-6))
    True

    Args:
        gain: The factor of the matrices. Defaults to 1.
        seed: Seed of the random matrices. Defaults to `None`.

    Returns:
        Constructor arguments of any recurrent layer.
    """
    return {"recurrent_initializer": OrthogonalGates(gain=gain, seed=seed)}


def chrono_lstm(max_time: int, seed: int | None = None) -> dict:
    """Returns arguments that make an LSTM remember for up to `max_time` time steps.

    Tallec & Ollivier (2018), Can Recurrent Neural Networks Warp Time?, arXiv:1804.11188, section
    3, with u ~ Uniform(1, max_time - 1) drawn for each unit:

    ```
    b_f = log(u),  b_i = -log(u),  b_g = b_o = 0
    ```

    A forget gate of sigmoid(b_f) = u / (1 + u) forgets over 1 + u time steps, so the units start
    with time scales from 2 to `max_time`. The unit forget bias, sigmoid(1) = 0.73, forgets
    over 4.

    Use it if the length of the dependencies is roughly known, and longer than a few tens of steps.

    >>> import numpy as np
    >>> from seqzoo.layers import LSTM
    >>> layer = LSTM(4, **chrono_lstm(max_time=500))
    >>> layer.build((None, None, 3))
    >>> b_i, b_f = np.split(np.asarray(layer.cell.bias), 4)[:2]
    >>> bool(np.all(b_f == -b_i) and np.all(b_f < np.log(499)))
    True

    Args:
        max_time: The longest dependency to expect, in time steps; above 2.
        seed: Of u. Defaults to `None`.

    Returns:
        Constructor arguments of an `LSTM` or a `PeepholeLSTM`.

    Raises:
        ValueError: If `max_time` is not above 2.
    """
    return {"unit_forget_bias": False, "bias_initializer": ChronoLSTMBias(max_time, seed)}


def chrono_gru(max_time: int, seed: int | None = None) -> dict:
    """Returns arguments that make a GRU remember for up to `max_time` time steps.

    See `chrono_lstm`; the update gate acts as forget gate, and one minus it as input gate:

    ```
    b_z = log(u),  b_r = b_g = 0
    ```

    >>> from seqzoo.layers import GRU
    >>> GRU(4, **chrono_gru(max_time=500)).bias_initializer.max_time
    500

    Args:
        max_time: The longest dependency to expect, in time steps; above 2.
        seed: Of u. Defaults to `None`.

    Returns:
        Constructor arguments of a `GRU`.

    Raises:
        ValueError: If `max_time` is not above 2.
    """
    return {"bias_initializer": ChronoGRUBias(max_time, seed)}


@keras.saving.register_keras_serializable("seqzoo")
class OrthogonalGates(keras.initializers.Orthogonal):
    """Initializes each gate with its own orthogonal matrix, side by side; see `orthogonal`.

    Args:
        gain: The factor of the matrices. Defaults to 1.
        seed: See `keras.initializers.Orthogonal`. Defaults to `None`.
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Tensor:
        """Returns weights `(units, gates * units)`.

        Raises:
            ValueError: If the shape does not have that form.
        """
        if len(shape) != 2 or shape[1] % shape[0]:
            raise ValueError(
                "Argument `shape` must be (units, gates * units), the shape of recurrent "
                f"weights. Received: shape={tuple(shape)}"
            )
        units, width = shape
        normal = keras.random.normal((width // units, units, units), dtype=dtype, seed=self.seed)
        q, r = ops.qr(normal)
        # Without this sign correction the matrices would not be uniformly distributed.
        q = q * ops.sign(ops.diagonal(r, axis1=-2, axis2=-1))[:, None, :]
        return self.gain * ops.concatenate(ops.unstack(q, axis=0), axis=-1)


class _ChronoBias(keras.initializers.Initializer):
    """Base of the biases that give the forget gate random time scales."""

    def __init__(self, max_time: int, seed: int | None = None) -> None:
        if not max_time > 2:
            raise ValueError(f"Argument `max_time` must be above 2. Received: max_time={max_time}")
        self.max_time = max_time
        self.seed = seed

    def draw(self, shape: Sequence[int], dtype: str | None) -> Tensor:
        """Returns log(u) with u ~ Uniform(1, max_time - 1)."""
        uniform = keras.initializers.RandomUniform(1, self.max_time - 1, self.seed)
        return ops.log(uniform(shape, dtype=dtype))

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {"max_time": self.max_time, "seed": self.seed}


@keras.saving.register_keras_serializable("seqzoo")
class ChronoLSTMBias(_ChronoBias):
    """Bias of `chrono_lstm`, `(4 units,)` with the gates in the order i, f, g, o.

    Args:
        max_time: See `chrono_lstm`.
        seed: Seed of the time scales. Defaults to `None`.
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Tensor:
        """Returns the bias `(4 units,)`."""
        units = shape[0] // 4
        forget = self.draw((units,), dtype)
        return ops.concatenate([-forget, forget, ops.zeros((2 * units,), dtype=dtype)])


@keras.saving.register_keras_serializable("seqzoo")
class ChronoGRUBias(_ChronoBias):
    """Bias of `chrono_gru`, `(3 units,)` or `(2, 3 units)`, gates in the order z, r, g.

    Args:
        max_time: See `chrono_gru`.
        seed: Seed of the time scales. Defaults to `None`.
    """

    def __call__(self, shape: Sequence[int], dtype: str | None = None) -> Tensor:
        """Returns the bias; if the GRU has two, the second is zero."""
        units = shape[-1] // 3
        bias = ops.concatenate([self.draw((units,), dtype), ops.zeros((2 * units,), dtype=dtype)])
        return bias if len(shape) == 1 else ops.stack([bias, ops.zeros_like(bias)])
