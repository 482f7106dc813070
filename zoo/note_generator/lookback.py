"""Lookback: what stood at the same place in earlier bars."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.core.arguments import is_integer
from seqzoo.core.types import Config, Tensor
from seqzoo.zoo.note_generator.events.names import BAR, kind_and_value
from seqzoo.zoo.note_generator.events.vocabulary import vocabulary

MAX_BARS = 8
"""The farthest bar that a lookback can reach."""

BARS_OF_PHRASE = 8
"""Bars are counted modulo this number."""

_EVENTS = 96
"""Events of a bar that are remembered; 97 % of the bars of songs have no more."""


class _Memory(NamedTuple):
    """What has been read.

    Attributes:
        events: The current bar and those before it, each as pairs of event and position plus 1,
            padded with 0: `(batch, bars, events, 2)`.
        position: The latest position plus 1; 0 at the start of a bar: `(batch,)`.
        since: The number of events since that position, `(batch,)`.
        count: The number of events in the current bar, `(batch,)`.
        bar: The number of bars begun, modulo `BARS_OF_PHRASE`, `(batch,)`.
        lookbacks: The latest lookbacks, `(batch, distances)`.
    """

    events: Tensor
    position: Tensor
    since: Tensor
    count: Tensor
    bar: Tensor
    lookbacks: Tensor


def check_lookback(bars: Sequence[int]) -> tuple[int, ...]:
    """Checks the distances of a lookback.

    Args:
        bars: Distances in bars.

    Returns:
        The distances.

    Raises:
        ValueError: If they are not ascending integers from 1 to `MAX_BARS`.
    """
    valid = isinstance(bars, list | tuple) and all(
        is_integer(distance) and 1 <= distance <= MAX_BARS for distance in bars
    )
    if not valid or list(bars) != sorted(set(bars)):
        raise ValueError(
            f"Argument `lookback` must be ascending distances from 1 to {MAX_BARS} bars, such as "
            f"(1, 2, 4). Received: lookback={bars!r}"
        )
    return tuple(bars)


@keras.saving.register_keras_serializable("seqzoo")
class LookbackCell(keras.layers.Layer):
    """A cell of `keras.layers.RNN` that finds what followed the same place in earlier bars.

    The place of an event is its position in the bar and the number of events since that position.
    For every distance, the lookback is the event after this place in the bar so many bars before.
    If that bar lacks the position, its next position counts; after its last event follows the event
    of a bar. So if a bar repeats, every lookback is the next event (Lookback RNN, Waite et al.
    2016, magenta.tensorflow.org/2016/07/15/lookback-rnn-attention-rnn). The first 96 events of a
    bar are remembered. The cell has no weights, and computes in float32, whatever the policy.

    Args:
        bars: Distances in bars.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        inputs: Events, integers `(batch, 1)`.
        states: What has been read, one tensor `(batch, state_size)`, at first zeros.

    Returns:
        The outputs `(batch, 2 * distances + 1)`, float32: the lookbacks, 0 where there is none;
        then for each 1 if the event was the lookback of the event before; then the number of bars
        begun, modulo `BARS_OF_PHRASE`. And the list of the new state.
    """

    def __init__(self, bars: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.bars = check_lookback(bars)
        self._bar = vocabulary()[BAR]
        self._positions = np.array([_position(name) for name in vocabulary()], "int32")
        self._events_shape = (max(self.bars) + 1, _EVENTS, 2)
        self._sizes = (math.prod(self._events_shape), 1, 1, 1, 1, len(self.bars))
        self.state_size = sum(self._sizes)
        self.output_size = 2 * len(self.bars) + 1

    def call(self, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """See the class."""
        memory, repeats = self._read(self._unpacked(states[0]), inputs[:, 0])
        outputs = [memory.lookbacks, repeats, ops.expand_dims(memory.bar, 1)]
        return ops.cast(ops.concatenate(outputs, axis=1), "float32"), [self._packed(memory)]

    def _read(self, memory, token_ids):
        """Returns the memory after events `(batch,)`, and whether they were its lookbacks."""
        is_bar = ops.equal(token_ids, self._bar)
        position = tf.gather(self._positions, token_ids)
        moves = position >= 0
        position = ops.where(moves, position, memory.position)
        since = ops.where(moves, 0, memory.since + 1)
        count = ops.where(is_bar, 0, memory.count)
        bar = ops.where(is_bar, (memory.bar + 1) % BARS_OF_PHRASE, memory.bar)
        shifted = ops.pad(memory.events[:, :-1], [[0, 0], [1, 0], [0, 0], [0, 0]])
        events = _where(is_bar, shifted, memory.events)
        is_next = ops.equal(ops.arange(_EVENTS), ops.expand_dims(count, 1))
        event = ops.expand_dims(ops.stack([token_ids, position], axis=-1), 1)
        current = ops.where(ops.expand_dims(is_next, -1), event, events[:, 0])
        events = ops.concatenate([ops.expand_dims(current, 1), events[:, 1:]], axis=1)
        lookbacks = self._lookbacks(events, position, since)
        repeats = ops.cast(ops.equal(memory.lookbacks, ops.expand_dims(token_ids, 1)), "int32")
        return _Memory(events, position, since, count + 1, bar, lookbacks), repeats

    def _lookbacks(self, events, position, since):
        earlier = ops.stack([events[:, distance] for distance in self.bars], axis=1)
        token_ids, positions = earlier[..., 0], earlier[..., 1]
        is_before = ops.logical_and(token_ids > 0, positions < ops.reshape(position, (-1, 1, 1)))
        before = ops.sum(ops.cast(is_before, "int32"), axis=-1)
        index = before + 1 + ops.expand_dims(since, 1)
        is_index = ops.equal(ops.arange(_EVENTS), ops.expand_dims(index, -1))
        found = ops.sum(ops.where(is_index, token_ids, 0), axis=-1)
        is_over = ops.logical_and(ops.equal(found, 0), token_ids[..., 0] > 0)
        found = ops.where(ops.logical_and(is_over, index < _EVENTS), self._bar, found)
        # The state of a request may hold any number.
        return ops.clip(found, 0, len(self._positions) - 1)

    def _packed(self, memory):
        return ops.concatenate(
            [
                ops.reshape(ops.cast(values, "float32"), (-1, size))
                for values, size in zip(memory, self._sizes, strict=True)
            ],
            axis=-1,
        )

    def _unpacked(self, packed):
        ends = list(itertools.accumulate(self._sizes, initial=0))
        events, *numbers, lookbacks = (
            ops.cast(packed[:, start:end], "int32") for start, end in itertools.pairwise(ends)
        )
        events = ops.reshape(events, (-1, *self._events_shape))
        fields = [events, *(values[:, 0] for values in numbers), lookbacks]
        return _Memory(*fields)

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {**super().get_config(), "bars": self.bars}


@keras.saving.register_keras_serializable("seqzoo")
class LookbackEmbedding(keras.layers.Layer):
    """Embeds the outputs of a `LookbackCell`.

    The lookbacks share one embedding. The bar is one-hot.

    Args:
        vocabulary_size: Number of events.
        embedding_dim: Size of the embedding of a lookback.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        found: Outputs of a `LookbackCell`, `(..., 2 * distances + 1)`.

    Returns:
        `(..., distances * (embedding_dim + 1) + BARS_OF_PHRASE)`.
    """

    def __init__(self, vocabulary_size: int, embedding_dim: int, **kwargs: Any) -> None:
        # In low precision, the inputs would no longer be the ids of events.
        super().__init__(autocast=False, **kwargs)
        self.supports_masking = True
        self.embedding = keras.layers.Embedding(
            vocabulary_size, embedding_dim, dtype=self.dtype_policy, name="embedding"
        )

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the embedding."""
        self.embedding.build(input_shape)

    def call(self, found: Tensor) -> Tensor:
        """See the class."""
        distances = found.shape[-1] // 2
        embedded = [
            self.embedding(ops.cast(found[..., index], "int32")) for index in range(distances)
        ]
        repeats = ops.cast(found[..., distances:-1], self.compute_dtype)
        bar = ops.one_hot(ops.cast(found[..., -1], "int32"), BARS_OF_PHRASE)
        return ops.concatenate([*embedded, repeats, ops.cast(bar, self.compute_dtype)], axis=-1)

    def get_config(self) -> Config:
        """Returns all constructor arguments."""
        return {
            **super().get_config(),
            "vocabulary_size": self.embedding.input_dim,
            "embedding_dim": self.embedding.output_dim,
        }


def _position(name: str) -> int:
    """Returns the position plus 1 to which an event moves, 0 for a bar; -1 if it stays."""
    kind, value = kind_and_value(name)
    if kind == "Position":
        return 1 + int(value)
    return 0 if name == BAR else -1


def _where(condition, values, otherwise):
    """Selects by row: `condition` is `(batch,)`."""
    shape = (-1, *[1] * (len(values.shape) - 1))
    return ops.where(ops.reshape(condition, shape), values, otherwise)
