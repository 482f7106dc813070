"""Base class of decoders that are conditioned on another input through their initial states."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
from keras import ops, tree

from seqzoo.core.types import Config, Shape, States, Tensor
from seqzoo.layers.state_bridge import state_sizes


class ConditionedDecoder(keras.layers.Layer):
    """A recurrent decoder whose initial states are computed from the first of two inputs.

    The base of `EncoderDecoder` and `OneToMany`, which define how the first input becomes states.
    The decoder then reads the second input: the whole sequence in `call` (teacher forcing), or
    one time step at a time in `step`.

    Args:
        decoder: A recurrent layer of one direction, forwards, with `return_sequences=True`. With
            `return_state=True` its final states are returned too.
        **kwargs: Arguments of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Raises:
        ValueError: If the decoder is not such a layer.
    """

    layer_arguments: tuple[str, ...] = ("decoder",)

    def __init__(self, decoder: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(decoder, keras.layers.Bidirectional) or getattr(
            decoder, "go_backwards", False
        ):
            raise ValueError(
                "Argument `decoder` must run forwards only: its output at a time step cannot "
                f"depend on later steps, which are not generated yet. Received: decoder={decoder}"
            )
        if not hasattr(decoder, "get_initial_state") or not getattr(
            decoder, "return_sequences", False
        ):
            raise ValueError(
                "Argument `decoder` must be a recurrent layer with `return_sequences=True`. "
                f"Received: decoder={decoder}"
            )
        self.decoder = decoder
        self.sizes = state_sizes(decoder)
        self.supports_masking = True

    def step(self, inputs: Tensor, states: States) -> tuple[Tensor, States]:
        """Runs the decoder for one time step of inference.

        Args:
            inputs: Tensor `(batch, features)`.
            states: Tensors `(batch, size)`, nested as the decoder's states; batch is the first
                axis of all of them, so that a beam search can repeat and gather them.

        Returns:
            The output `(batch, units)` and the new states, with the structure and dtypes of
            `states`, so that they can be loop variables.
        """
        # A copy drops the mask of an embedding; a cell would warn about it.
        inputs = ops.copy(inputs)
        # Either a layer around a cell, of Keras or seqzoo, or a layer with its own `step`.
        if hasattr(self.decoder, "cell"):
            output, new_states = self.decoder.cell(inputs, list(states), training=False)
        else:
            output, new_states = self.decoder.step(inputs, states)
        new_states = [
            ops.cast(new, old.dtype)
            for new, old in zip(tree.flatten(new_states), tree.flatten(states), strict=True)
        ]
        return ops.cast(output, self.compute_dtype), tree.pack_sequence_as(states, new_states)

    def decode(
        self, sequence: Tensor, states: States, mask: Tensor | None, training: bool | None
    ) -> Any:
        """Runs the decoder over a sequence.

        Args:
            sequence: Tensor `(batch, time, features)`.
            states: The initial states.
            mask: Booleans `(batch, time)`, or `None`.
            training: Whether dropout is applied.

        Returns:
            The outputs `(batch, time, units)`, followed by the final states if the decoder has
            `return_state=True`.
        """
        answers = self.decoder(sequence, initial_state=list(states), mask=mask, training=training)
        if not self.decoder.return_state:
            return ops.cast(answers, self.compute_dtype)
        outputs, *states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), answers)
        return outputs, *tree.pack_sequence_as(self.sizes, tree.flatten(states))

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """Returns the mask of the second input for the outputs, `None` for the states."""
        mask = both_masks(mask)[1]
        if not self.decoder.return_state:
            return mask
        return [mask, *(None for _ in tree.flatten(self.sizes))]

    def compute_output_shape(self, inputs_shape: Sequence[Shape]) -> Any:
        """Returns the shape `(batch, time, units)` of the outputs, then those of the states."""
        batch = inputs_shape[1][0]
        shape = self.decoder.compute_output_shape(inputs_shape[1])
        if not self.decoder.return_state:
            return shape
        return shape[0], *tree.map_structure(lambda size: (batch, size), self.sizes)

    def get_config(self) -> Config:
        """Returns all constructor arguments, serialized."""
        layers = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in self.layer_arguments
        }
        return {**super().get_config(), **layers}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Creates the layer, and the layers inside it, from the result of `get_config`."""
        # Keras's RNN removes its cell from the configuration that it is created from.
        config = copy.deepcopy(config)
        for name in cls.layer_arguments:
            config[name] = keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
        return cls(**config)


def both_masks(mask: Sequence[Tensor | None] | None) -> Sequence[Tensor | None]:
    """Returns the masks of the two inputs, each `None` if there is none.

    Raises:
        ValueError: If `mask` is neither `None` nor a list of two.
    """
    if mask is None:
        return None, None
    if not isinstance(mask, (list, tuple)) or len(mask) != 2:
        raise ValueError(
            "Argument `mask` must be a list of two masks, one for each input; `None` stands for "
            f"no mask. Received: mask={mask}"
        )
    return mask
