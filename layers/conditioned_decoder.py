"""A recurrent layer that continues something else; the base of what maps one thing to many."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
from keras import ops, tree

from seqzoo.core.types import Config, Shape, States, Tensor
from seqzoo.layers.state_bridge import state_sizes


class ConditionedDecoder(keras.layers.Layer):
    """A recurrent layer, the decoder, that starts from the first of two inputs.

    The base of `EncoderDecoder` and `OneToMany`, which say how the first input becomes states.
    The decoder reads the second input from there on: all of it in `call` (teacher forcing), or
    one time step at a time in `step`.

    Args:
        decoder: A recurrent layer of one direction, forwards, with `return_sequences=True`. With
            `return_state=True` its final states are returned too.
        **kwargs: Of `keras.layers.Layer`: `name`, `dtype`, `trainable`.

    Raises:
        ValueError: If the decoder is no such layer.
    """

    layer_arguments: tuple[str, ...] = ("decoder",)

    def __init__(self, decoder: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(decoder, keras.layers.Bidirectional) or getattr(
            decoder, "go_backwards", False
        ):
            raise ValueError(
                "Argument `decoder` must run forwards only: what it outputs at one time step "
                f"cannot depend on the next, which is not there yet. Received: decoder={decoder}"
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
                axis of all, so that a beam search can repeat and gather them.

        Returns:
            The output `(batch, units)` and the new states, nested and typed as they came: a loop
            can carry them.
        """
        # A copy is without the mask of an embedding, of which a cell would warn.
        inputs = ops.copy(inputs)
        # A layer around a cell, Keras's or ours, or one that knows its own steps.
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
        """Runs the decoder over a sequence: its outputs, and its final states if it returns them.

        Args:
            sequence: Tensor `(batch, time, features)`.
            states: The initial states.
            mask: Booleans `(batch, time)`, or `None`.
            training: Whether dropout is applied.
        """
        answers = self.decoder(sequence, initial_state=list(states), mask=mask, training=training)
        if not self.decoder.return_state:
            return ops.cast(answers, self.compute_dtype)
        outputs, *states = tree.map_structure(lambda x: ops.cast(x, self.compute_dtype), answers)
        return outputs, *tree.pack_sequence_as(self.sizes, tree.flatten(states))

    def compute_mask(self, _: Any, mask: Any) -> Any:
        """The second input's mask for the outputs, none for the states."""
        mask = both_masks(mask)[1]
        if not self.decoder.return_state:
            return mask
        return [mask, *(None for _ in tree.flatten(self.sizes))]

    def compute_output_shape(self, inputs_shape: Sequence[Shape]) -> Any:
        """The shape `(batch, time, units)` of the outputs, and those of the states after it."""
        batch = inputs_shape[1][0]
        shape = self.decoder.compute_output_shape(inputs_shape[1])
        if not self.decoder.return_state:
            return shape
        return shape[0], *tree.map_structure(lambda size: (batch, size), self.sizes)

    def get_config(self) -> Config:
        """Every constructor argument, serialized."""
        layers = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in self.layer_arguments
        }
        return {**super().get_config(), **layers}

    @classmethod
    def from_config(cls, config: Config, custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Makes the layer, and those inside, from `get_config`'s answer."""
        # Keras's RNN takes its cell out of the configuration that it is made from.
        config = copy.deepcopy(config)
        for name in cls.layer_arguments:
            config[name] = keras.saving.deserialize_keras_object(
                config[name], custom_objects=custom_objects
            )
        return cls(**config)


def both_masks(mask: Sequence[Tensor | None] | None) -> Sequence[Tensor | None]:
    """The masks of the two inputs, each `None` where there is none.

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
