"""Sequence-to-sequence layer without attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import keras
from keras import ops, tree

from seqzoo.core.types import Config, Shape, States, Tensor
from seqzoo.layers.conditioned_decoder import ConditionedDecoder, both_masks
from seqzoo.layers.state_bridge import StateBridge, state_sizes


@keras.saving.register_keras_serializable("seqzoo")
class EncoderDecoder(ConditionedDecoder):
    """Encodes a source sequence into states, then decodes a target sequence from them.

    Sutskever, Vinyals & Le (2014, arXiv:1409.3215); Cho et al. (2014, arXiv:1406.1078):

    ```
    s        = encoder(x[1], ..., x[S])      final states: the context
    d[0]     = bridge(s)                     initial states of the decoder
    y[t], d[t] = decoder(z[t], d[t-1])       t = 1, ..., T
    ```

    x is the source; z is the target as input of the decoder: embedded and shifted by one step, so
    that z[t] comes from the token before the one that y[t] predicts. The encoder of Sutskever et
    al. reads the source backwards (`go_backwards=True`). The decoder of Cho et al. also reads the
    context at every time step; here the context only sets its initial states.

    >>> import numpy as np
    >>> from seqzoo.layers import GRU, LSTM, Bidirectional
    >>> encoder = Bidirectional(GRU(3, return_state=True))
    >>> layer = EncoderDecoder(encoder, LSTM(4, return_sequences=True))
    >>> source, target = np.ones((2, 7, 5), "float32"), np.ones((2, 6, 8), "float32")
    >>> layer([source, target]).shape
    TensorShape([2, 6, 4])

    The same, one time step at a time, as in generation:

    >>> states = layer.encode(source)
    >>> for t in range(6):
    ...     output, states = layer.step(target[:, t], states)
    >>> output.shape
    TensorShape([2, 4])

    Args:
        encoder: A recurrent layer, or `Bidirectional` around one, with `return_state=True`.
        decoder: A recurrent layer of one direction, forwards, with `return_sequences=True`. With
            `return_state=True` its final states are returned too.
        bridge: How the encoder's final states become the decoder's initial states.
            `"none"`: unchanged; the encoder must run in one direction and have the same number of
            states, of the same sizes. `"dense"`: through a `StateBridge`, a learned projection of
            all encoder states to each decoder state. `"auto"`: `"none"` if possible, else
            `"dense"`. Defaults to `"auto"`.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Call arguments:
        inputs: List of source `(batch, source_time, source_features)` and target `(batch,
            target_time, target_features)`.
        mask: List of the masks of both, booleans `(batch, time)` or `None`. Padding does not
            change the result; the outputs have the target's mask.
        training: Whether dropout is applied.

    Returns:
        The decoder's outputs `(batch, target_time, units)`, followed by its final states if it
        has `return_state=True`.

    Raises:
        ValueError: If `encoder` or `decoder` is not such a layer, `bridge` is not one of the names
            above, or `bridge="none"` and the states differ in number or size.
    """

    layer_arguments = ("encoder", "decoder")

    def __init__(
        self,
        encoder: keras.layers.Layer,
        decoder: keras.layers.Layer,
        bridge: Literal["auto", "dense", "none"] = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(decoder, **kwargs)
        if not getattr(encoder, "return_state", False):
            raise ValueError(
                "Argument `encoder` must be a recurrent layer, or `Bidirectional` around one, "
                f"with `return_state=True`. Received: encoder={encoder}"
            )
        if bridge not in ("auto", "dense", "none"):
            raise ValueError(
                f"Argument `bridge` must be 'auto', 'dense' or 'none'. Received: bridge={bridge!r}"
            )
        self.encoder = encoder
        self.bridge = bridge
        both_ways = isinstance(encoder, keras.layers.Bidirectional)
        directions = [encoder.forward_layer, encoder.backward_layer] if both_ways else [encoder]
        self.context_sizes = tuple(state_sizes(direction) for direction in directions)
        same_states = self.context_sizes == (self.sizes,)
        if bridge == "none" and not same_states:
            raise ValueError(
                "Argument `bridge` must be 'auto' or 'dense' if the states of encoder and decoder "
                "differ. Received: bridge='none', states of the sizes "
                f"{self.context_sizes} in the encoder, one tuple for each direction, and "
                f"{self.sizes} in the decoder"
            )
        needs_bridge = bridge == "dense" or not same_states
        self.state_bridge = (
            StateBridge(self.sizes, dtype=self.dtype_policy, name="state_bridge")
            if needs_bridge
            else None
        )
        self.input_spec = [keras.layers.InputSpec(ndim=3), keras.layers.InputSpec(ndim=3)]

    def build(self, inputs_shape: Sequence[Shape]) -> None:
        """Builds the encoder, the bridge and the decoder."""
        source_shape, target_shape = inputs_shape
        if not self.encoder.built:
            self.encoder.build(source_shape)
        if self.state_bridge is not None:
            self.state_bridge.build((source_shape[0], sum(tree.flatten(self.context_sizes))))
        if not self.decoder.built:
            self.decoder.build(target_shape)

    def call(
        self,
        inputs: Sequence[Tensor],
        mask: Sequence[Tensor | None] | None = None,
        training: bool | None = False,
    ) -> Any:
        """Encodes the source and runs the decoder over the target."""
        source, target = inputs
        source_mask, target_mask = both_masks(mask)
        states = self.encode(source, mask=source_mask, training=training)
        return self.decode(target, states, target_mask, training)

    def encode(
        self, source: Tensor, mask: Tensor | None = None, training: bool | None = False
    ) -> States:
        """Returns the decoder's initial states, to be passed to `step`.

        Args:
            source: Tensor `(batch, source_time, source_features)`.
            mask: Booleans `(batch, source_time)`, or `None`.
            training: Whether dropout is applied. Defaults to `False`.

        Returns:
            Tensors `(batch, size)`, nested as the decoder's states.
        """
        answers = self.encoder(source, mask=mask, training=training)
        # A bidirectional layer without merge mode has two outputs before the states.
        outputs = 1 if getattr(self.encoder, "merge_mode", "concat") else 2
        states = tree.flatten(answers[outputs:])
        if self.state_bridge is not None:
            return self.state_bridge(ops.concatenate(states, axis=-1))
        return tree.pack_sequence_as(self.sizes, states)

    def get_config(self) -> Config:
        """Returns all constructor arguments, serialized."""
        return {**super().get_config(), "bridge": self.bridge}
