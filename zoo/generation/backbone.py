"""Backbones of token models."""

from __future__ import annotations

from typing import Any

import keras
import keras_nlp
from keras import ops

from seqzoo.core.arguments import check_sizes
from seqzoo.core.types import Config, Dtype, Tensor
from seqzoo.zoo.base.recurrent_stack import (
    Cell,
    recurrent_stack,
    run_stack,
    stack_state_shape,
    step_stack,
)


class StepwiseBackbone(keras_nlp.models.Backbone):
    """A network that reads whole token sequences, or one token at a time with explicit states.

    As a Keras model it maps `{"token_ids", "padding_mask"}`, both `(batch, time)`, to outputs
    `(batch, time, units)`. Generation also requires `state_shape`, `initial_states`, `run` and
    `step`. The states are one tensor, batch first, so that keras-hub's samplers can repeat and
    gather it like a key-value cache.

    Attributes:
        sizes: Names of the constructor arguments, which are also attributes.
    """

    sizes: tuple[str, ...] = (
        "vocabulary_size",
        "embedding_dim",
        "units",
        "num_layers",
        "cell",
        "dropout",
    )

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {**super().get_config(), **{name: getattr(self, name) for name in self.sizes}}

    @property
    def state_shape(self) -> tuple[int, ...]:
        """State shape of one sequence."""
        raise NotImplementedError(f"{type(self).__name__} must define `state_shape`.")

    @property
    def state_dtype(self) -> str:
        """Dtype of the states: the compute dtype, unless a model overrides it."""
        return self.compute_dtype

    def initial_states(self, batch_size: int | Tensor) -> Tensor:
        """Returns zero states `(batch_size, *state_shape)`."""
        return ops.zeros((batch_size, *self.state_shape), dtype=self.state_dtype)

    def run(self, token_ids: Tensor, padding_mask: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Runs sequences from given initial states, without dropout.

        Args:
            token_ids: Integers `(batch, time)`.
            padding_mask: Booleans `(batch, time)`.
            states: `(batch, *state_shape)`.

        Returns:
            The outputs `(batch, time, units)` and the new states.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `run`.")

    def step(self, token_ids: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """Runs one time step.

        Args:
            token_ids: Integers `(batch,)`.
            states: `(batch, *state_shape)`.

        Returns:
            The outputs `(batch, units)` and the new states.
        """
        raise NotImplementedError(f"{type(self).__name__} must define `step`.")


def token_inputs() -> dict[str, keras.KerasTensor]:
    """Returns the symbolic inputs of a `StepwiseBackbone`."""
    return {
        "token_ids": keras.Input((None,), dtype="int32", name="token_ids"),
        "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
    }


@keras.saving.register_keras_serializable("seqzoo")
class RecurrentBackbone(StepwiseBackbone):
    """An embedding followed by a stack of recurrent layers; see `StepwiseBackbone`.

    Padded time steps do not change the states. The states of all layers are packed into one tensor
    `(batch, num_layers, states, units)`, where an LSTM has two states (h, c) and a GRU one.

    Args:
        vocabulary_size: Number of tokens.
        embedding_dim: Size of the embedding.
        units: Size of every recurrent layer.
        num_layers: Number of recurrent layers. Defaults to 2.
        cell: `"peephole_lstm"`, `"lstm"`, `"gru"` or `"simple_rnn"`. Defaults to
            `"peephole_lstm"`.
        dropout: Dropout rate on the embedding and on the output of every layer. Defaults to 0.
        dtype: Dtype or dtype policy. Defaults to Keras's global policy.
        **kwargs: Arguments of `keras_nlp.models.Backbone`.

    Raises:
        ValueError: If `cell` is unknown, or a size is not a positive integer.
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        units: int,
        num_layers: int = 2,
        cell: Cell = "peephole_lstm",
        dropout: float = 0.0,
        dtype: Dtype | None = None,
        **kwargs: Any,
    ) -> None:
        check_sizes({"embedding_dim": embedding_dim})
        token_embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=dtype, name="token_embedding"
        )
        recurrent_layers = recurrent_stack(cell, units, num_layers, dtype)
        drop = keras.layers.Dropout(dropout, dtype=dtype, name="dropout")
        inputs = token_inputs()
        x = drop(token_embedding(inputs["token_ids"]))
        for layer in recurrent_layers:
            x = drop(layer(x, mask=inputs["padding_mask"])[0])
        super().__init__(inputs=inputs, outputs=x, dtype=dtype, **kwargs)

        self.token_embedding = token_embedding
        self.recurrent_layers = recurrent_layers
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.num_layers = num_layers
        self.cell = cell
        self.dropout = dropout

    @property
    def state_shape(self) -> tuple[int, ...]:
        """State shape of one sequence, `(num_layers, states, units)`."""
        return stack_state_shape(self.recurrent_layers)

    def run(self, token_ids: Tensor, padding_mask: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepwiseBackbone.run`; states are `(batch, num_layers, states, units)`."""
        x = self.token_embedding(token_ids)
        return run_stack(self.recurrent_layers, x, padding_mask, states)

    def step(self, token_ids: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepwiseBackbone.step`; states are `(batch, num_layers, states, units)`."""
        return step_stack(self.recurrent_layers, self.token_embedding(token_ids), states)
