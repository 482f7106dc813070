"""The backbone of the note generator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqzoo.core.arguments import check_sizes
from seqzoo.core.types import Dtype, Tensor
from seqzoo.zoo.base.recurrent_stack import (
    Cell,
    recurrent_stack,
    run_stack,
    stack_state_shape,
    step_stack,
)
from seqzoo.zoo.generation.backbone import RecurrentBackbone, StepwiseBackbone, token_inputs
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary
from seqzoo.zoo.note_generator.lookback import LookbackCell, LookbackEmbedding, check_lookback


@keras.saving.register_keras_serializable("seqzoo")
class NoteGeneratorBackbone(StepwiseBackbone):
    """Embeddings of the event and of its lookbacks, followed by stacked recurrent layers.

    ```
    x[t] = E event[t], L lookback_1[t], ..., L lookback_n[t], repeats[t], bar[t]   concatenated
    h[t] = stack(x[t], h[t-1])
    ```

    lookback_k[t] is the event that followed the same place some bars before; see `LookbackCell`.
    Padded time steps do not change the states. With lookbacks, the states of a sequence are one
    float32 vector: the states of the layers, then what the lookbacks remember. Without, they are
    those of `RecurrentBackbone`.

    Args:
        vocabulary_size: Number of events; with lookbacks, that of `NoteTokenizer`.
        embedding_dim: Size of the embedding of an event. That of a lookback has half this size.
        units: Size of every recurrent layer.
        num_layers: Number of recurrent layers. Defaults to 2.
        cell: Type of the recurrent layers, as in `RecurrentBackbone`.
        dropout: Dropout rate on the embeddings and on the output of every layer. Defaults to 0.
        lookback: Distances of the lookbacks in bars, such as (1, 2, 4). Defaults to none.
        dtype: Dtype or dtype policy. Defaults to Keras's global policy.
        **kwargs: Arguments of `keras_nlp.models.Backbone`.

    Raises:
        ValueError: If `cell` is unknown, a size is not a positive integer, or `lookback` are not
            ascending distances from 1 to 8.
    """

    sizes = (*RecurrentBackbone.sizes, "lookback")

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        units: int,
        num_layers: int = 2,
        cell: Cell = "peephole_lstm",
        dropout: float = 0.0,
        lookback: Sequence[int] = (),
        dtype: Dtype | None = None,
        **kwargs: Any,
    ) -> None:
        check_sizes({"embedding_dim": embedding_dim})
        lookback = check_lookback(lookback)
        if lookback and vocabulary_size != len(vocabulary()):
            raise ValueError(
                f"Lookbacks need the {len(vocabulary())} events of `NoteTokenizer`. Received: "
                f"vocabulary_size={vocabulary_size}"
            )
        token_embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=dtype, name="token_embedding"
        )
        recurrent_layers = recurrent_stack(cell, units, num_layers, dtype)
        drop = keras.layers.Dropout(dropout, dtype=dtype, name="dropout")
        inputs = token_inputs()
        x = token_embedding(inputs["token_ids"])
        if lookback:
            look_back = keras.layers.RNN(
                LookbackCell(lookback),
                return_sequences=True,
                return_state=True,
                dtype="float32",
                name="look_back",
            )
            lookback_embedding = LookbackEmbedding(
                vocabulary_size,
                math.ceil(embedding_dim / 2),
                dtype=dtype,
                name="lookback_embedding",
            )
            found, _ = look_back(
                ops.expand_dims(inputs["token_ids"], -1), mask=inputs["padding_mask"]
            )
            x = ops.concatenate([x, lookback_embedding(found)], axis=-1)
        x = drop(x)
        for layer in recurrent_layers:
            x = drop(layer(x, mask=inputs["padding_mask"])[0])
        super().__init__(inputs=inputs, outputs=x, dtype=dtype, **kwargs)

        self.token_embedding = token_embedding
        if lookback:
            self.look_back = look_back
            self.lookback_embedding = lookback_embedding
        self.recurrent_layers = recurrent_layers
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.units = units
        self.num_layers = num_layers
        self.cell = cell
        self.dropout = dropout
        self.lookback = lookback

    @property
    def state_shape(self) -> tuple[int, ...]:
        """State shape of one sequence: `(size,)`, or without lookbacks that of the layers."""
        of_layers = stack_state_shape(self.recurrent_layers)
        if not self.lookback:
            return of_layers
        return (math.prod(of_layers) + self.look_back.cell.state_size,)

    @property
    def state_dtype(self) -> str:
        """Dtype of the states: lookbacks remember event ids, which need float32."""
        return "float32" if self.lookback else self.compute_dtype

    def run(self, token_ids: Tensor, padding_mask: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepwiseBackbone.run`."""
        x = self.token_embedding(token_ids)
        if not self.lookback:
            return run_stack(self.recurrent_layers, x, padding_mask, states)
        states, memory = self._split_states(states)
        found, memory = self.look_back(
            ops.expand_dims(token_ids, -1), mask=padding_mask, initial_state=memory
        )
        x = ops.concatenate([x, self.lookback_embedding(found)], axis=-1)
        outputs, states = run_stack(self.recurrent_layers, x, padding_mask, states)
        return outputs, self._join_states(states, memory)

    def step(self, token_ids: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepwiseBackbone.step`."""
        x = self.token_embedding(token_ids)
        if not self.lookback:
            return step_stack(self.recurrent_layers, x, states)
        states, memory = self._split_states(states)
        found, (memory,) = self.look_back.cell(ops.expand_dims(token_ids, -1), [memory])
        x = ops.concatenate([x, self.lookback_embedding(found)], axis=-1)
        outputs, states = step_stack(self.recurrent_layers, x, states)
        return outputs, self._join_states(states, memory)

    def _split_states(self, states):
        shape = stack_state_shape(self.recurrent_layers)
        size = math.prod(shape)
        of_layers = ops.reshape(ops.cast(states[:, :size], self.compute_dtype), (-1, *shape))
        return of_layers, states[:, size:]

    def _join_states(self, states, memory):
        size = math.prod(states.shape[1:])
        return ops.concatenate(
            [ops.reshape(ops.cast(states, "float32"), (-1, size)), memory], axis=-1
        )
