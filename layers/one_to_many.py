"""One-to-many layer: decodes a sequence from one vector."""

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
    """Conditions a recurrent decoder on one vector x, such as an image encoding or a class.

    There are two ways to inject x (called init-inject and pre-inject by Tanti, Gatt & Camilleri
    2018, arXiv:1703.09137):

    ```
    inject="initial_state":   d[0] = tanh(x V_n + b_n) for every state n
    inject="first_input":     _, d[0] = decoder(x V + b, 0)

    y[t], d[t] = decoder(z[t], d[t-1])       t = 1, ..., T
    ```

    z is the sequence. The first way is a `StateBridge`. The second, of Show and Tell (Vinyals et
    al. 2015, arXiv:1411.4555), prepends x to the sequence, projected to the size of its elements,
    and drops the output of that step. In both, y[t] belongs to z[t].

    >>> import numpy as np
    >>> from seqzoo.layers import LSTM
    >>> layer = OneToMany(LSTM(4, return_sequences=True), inject="first_input")
    >>> image, caption = np.ones((2, 9), "float32"), np.ones((2, 6, 5), "float32")
    >>> layer([image, caption]).shape
    TensorShape([2, 6, 4])

    The same, one time step at a time, as in generation:

    >>> states = layer.start(image)
    >>> for t in range(6):
    ...     output, states = layer.step(caption[:, t], states)
    >>> output.shape
    TensorShape([2, 4])

    Args:
        decoder: A recurrent layer of one direction, forwards, with `return_sequences=True`. With
            `return_state=True` its final states are returned too.
        inject: `"initial_state"` or `"first_input"`, see above. Defaults to `"initial_state"`.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: List of x `(batch, x_features)` and the sequence `(batch, time, features)`.
        mask: List of `None` and the mask of the sequence, booleans `(batch, time)`. Padding does
            not change the result; the outputs have the same mask.
        training: Whether dropout is applied.

    Returns:
        The outputs `(batch, time, units)`, followed by the final states if the decoder has
        `return_state=True`.

    Raises:
        ValueError: If `decoder` is not such a layer, or `inject` is not one of the names above.
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
        """Runs the decoder over the sequence, conditioned on x."""
        x, sequence = inputs
        _, mask = both_masks(mask)
        if self.inject == "initial_state":
            return self.decode(sequence, self.start(x), mask, training)
        # In one run, so that all time steps, including that of x, share one dropout mask.
        sequence = ops.concatenate([self.projection(x)[:, None], sequence], axis=1)
        if mask is not None:
            mask = ops.concatenate([ops.ones_like(mask[:, :1]), mask], axis=1)
        answers = self.decode(sequence, self._zero_states(x), mask, training)
        if not self.decoder.return_state:
            return answers[:, 1:]
        outputs, *states = answers
        return outputs[:, 1:], *states

    def start(self, x: Tensor) -> Any:
        """Returns the decoder's initial states for x, to be passed to `step`.

        Args:
            x: Tensor `(batch, x_features)`.

        Returns:
            Tensors `(batch, size)`, nested as the decoder's states.

        Raises:
            ValueError: If the layer is not built, as the size of the sequence's elements is
                unknown.
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
        """Returns all constructor arguments, serialized."""
        return {**super().get_config(), "inject": self.inject}
