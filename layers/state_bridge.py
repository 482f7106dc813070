"""Learned projection from a vector to the initial states of a recurrent layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import tree

from seqzoo.core.arguments import is_integer
from seqzoo.core.types import Config, Shape, States, Tensor


def state_sizes(layer: keras.layers.Layer) -> tuple[Any, ...]:
    """Returns the sizes of a recurrent layer's states, in tuples nested as the states.

    >>> from seqzoo.layers import LSTM
    >>> state_sizes(LSTM(4))
    (4, 4)
    """
    return _map_to_tuples(lambda state: state.shape[-1], layer.get_initial_state(batch_size=1))


def _map_to_tuples(function, nested):
    """Applies a function to every leaf; lists and named tuples become tuples."""
    if isinstance(nested, (list, tuple)):
        return tuple(_map_to_tuples(function, item) for item in nested)
    return function(nested)


@keras.saving.register_keras_serializable("seqzoo")
class StateBridge(keras.layers.Layer):
    """Projects a vector to the initial states of a recurrent layer, one projection per state.

    ```
    s_n = tanh(x V_n + b_n)
    ```

    x is the vector `(batch, features)`: the concatenated final states of an encoder, or the
    encoding of an image. s_n `(batch, size of state n)` is the n-th state. Cho et al. (2014,
    arXiv:1406.1078, appendix A) start a decoder this way, so its states may differ in size from
    the encoder's. tanh keeps every state in (-1, 1), the range of a recurrent layer's outputs; the
    cell state of an LSTM can leave that range later.

    >>> import numpy as np
    >>> from seqzoo.layers import LSTM
    >>> h, c = StateBridge(state_sizes(LSTM(4)))(np.ones((2, 3)))
    >>> h.shape, c.shape
    (TensorShape([2, 4]), TensorShape([2, 4]))

    Args:
        sizes: The sizes of the states, nested as the states; see `state_sizes`.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Call arguments:
        vector: Tensor `(batch, features)`.

    Returns:
        The states, tensors `(batch, size)` in tuples nested as `sizes`.

    Raises:
        ValueError: If there is no state, or a size is not a positive integer.
    """

    def __init__(self, sizes: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Tuples, since Keras wraps lists in its own type, which the states would then have too.
        self.sizes = _map_to_tuples(lambda size: size, sizes)
        if not tree.flatten(self.sizes) or not all(map(_is_size, tree.flatten(self.sizes))):
            raise ValueError(
                f"Argument `sizes` must be nested positive integers. Received: sizes={sizes}"
            )
        self.projections = [
            keras.layers.Dense(size, "tanh", dtype=self.dtype_policy, name=f"state_{n}")
            for n, size in enumerate(tree.flatten(self.sizes))
        ]
        self.input_spec = keras.layers.InputSpec(ndim=2)

    def build(self, vector_shape: Shape) -> None:
        """Creates V_n `(features, size)` and b_n `(size,)` for every state."""
        for projection in self.projections:
            projection.build(vector_shape)

    def call(self, vector: Tensor) -> States:
        """Returns the states, projected from the vector."""
        states = [projection(vector) for projection in self.projections]
        return tree.pack_sequence_as(self.sizes, states)

    def compute_output_shape(self, vector_shape: Shape) -> Any:
        """Returns the shapes of the states, nested as `sizes`."""
        return tree.map_structure(lambda size: (vector_shape[0], size), self.sizes)

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {**super().get_config(), "sizes": self.sizes}


def _is_size(value):
    return is_integer(value) and value > 0
