"""One vector, and the sequence that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops, tree

from seqzoo.core.types import Config, Shape, Tensor
from seqzoo.layers.conditioned_decoder import ConditionedDecoder, both_masks
from seqzoo.layers.state_bridge import StateBridge


@keras.saving.register_keras_serializable("seqzoo")
class OneToMany(ConditionedDecoder):
    """Starts a recurrent layer from one vector x: an image and its caption, a class and a text.

    x enters in one of two ways (named init-inject and pre-inject by Tanti, Gatt & Camilleri 2018,
    arXiv:1703.09137):

    ```
    inject="initial_state":   d[0] = tanh(x V_n + b_n) for every state n
    inject="first_input":     _, d[0] = decoder(x V + b, 0)

    y[t], d[t] = decoder(z[t], d[t-1])       t = 1, ..., T
    ```

    z is the sequence. The first way is a `StateBridge`; the second, of Show and Tell (Vinyals et
    al. 2015, arXiv:1411.4555), puts x before the sequence, projected to the size of its elements,
    and drops the output of that step, so that y[t] belongs to z[t] in both.

    >>> import numpy as np
    >>> from seqzoo.layers import LSTM
    >>> layer = OneToMany(LSTM(4, return_sequences=True), inject="first_input")
    >>> image, caption = np.ones((2, 9), "float32"), np.ones((2, 6, 5), "float32")
    >>> layer([image, caption]).shape
    TensorShape([2, 6, 4])

    The same, one time step at a time, as for generating:

    >>> states = layer.start(image)
    >>> for t in range(6):
    ...     output, states = layer.step(caption[:, t], states)
    >>> output.shape
    TensorShape([2, 4])

    Args:
        decoder: A recurrent layer of one direction, forwards, with `return_sequences=True`. With
            `return_state=True` its final states are returned too.
        inject: `"initial_state"` or `"first_input"`, see above. Defaults to `"initial_state"`.
        **kwargs: Of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: List of x `(batch, x_features)` and the sequence `(batch, time, features)`.
        mask: List of `None` and the mask of the sequence, booleans `(batch, time)`. A padded
            sequence gives what it gives unpadded; the outputs have its mask.
        training: Whether dropout is applied.

    Returns:
        The outputs `(batch, time, units)`, and the final states after them if the decoder has
        `return_state=True`.

    Raises:
        ValueError: If `decoder` is no such layer, or `inject` neither of the names above.
    """

    def __init__(
        self,
        decoder: keras.layers.Layer,
        inject: Literal["initial_state", "first_input"] = "initial_state",
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, **kwargs)
        if inject not in ("initial_state", "first_input"):
            raise ValueError(
                "Argument `inject` must be 'initial_state' or 'first_input'. "
                f"Received: inject={inject!r}"
            )
        self.inject = inject
        self.input_spec = [keras.layers.InputSpec(ndim=2), keras.layers.InputSpec(ndim=3)]

    def build(self, inputs_shape: Sequence[Shape]) -> None:
        """Builds the projection of x and the decoder."""
        x_shape, sequence_shape = inputs_shape
        if self.inject == "initial_state":
            self.projection = StateBridge(self.sizes, dtype=self.dtype_policy, name="projection")
        else:
            self.projection = keras.layers.Dense(
                sequence_shape[-1], dtype=self.dtype_policy, name="projection"
            )
        self.projection.build(x_shape)
        if not self.decoder.built:
            self.decoder.build(sequence_shape)

    def call(
        self,
        inputs: Sequence[Tensor],
        mask: Sequence[Tensor | None] | None = None,
        training: bool | None = False,
    ) -> Any:
        """Runs the decoder over the sequence, from x."""
        x, sequence = inputs
        _, mask = both_masks(mask)
        if self.inject == "initial_state":
            return self.decode(sequence, self.start(x), mask, training)
        # In one run, so that one dropout mask serves all time steps, that of x too.
        sequence = ops.concatenate([self.projection(x)[:, None], sequence], axis=1)
        if mask is not None:
            mask = ops.concatenate([ops.ones_like(mask[:, :1]), mask], axis=1)
        answers = self.decode(sequence, self._zero_states(x), mask, training)
        if not self.decoder.return_state:
            return answers[:, 1:]
        outputs, *states = answers
        return outputs[:, 1:], *states

    def start(self, x: Tensor) -> Any:
        """The states that x leaves, from which `step` goes on.

        Args:
            x: Tensor `(batch, x_features)`.

        Returns:
            Tensors `(batch, size)`, nested as the decoder's states.

        Raises:
            ValueError: If the layer is not built, and the size of the sequence's elements unknown.
        """
        if not self.built:
            raise ValueError(
                f"Layer {self.name!r} must be built before `start`: call it, or its `build`, once."
            )
        if self.inject == "initial_state":
            return self.projection(x)
        return self.step(self.projection(x), self._zero_states(x))[1]

    def _zero_states(self, x):
        states = self.decoder.get_initial_state(batch_size=ops.shape(x)[0])
        return tree.pack_sequence_as(self.sizes, tree.flatten(states))

    def get_config(self) -> Config:
        """Every constructor argument, serialized."""
        return {**super().get_config(), "inject": self.inject}
