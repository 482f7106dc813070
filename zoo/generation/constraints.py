"""Stateful sampling constraints: which tokens may be sampled, given all tokens so far."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor

UNBOUNDED = 1_000_000
"""Above every bound of a constraint."""


class SamplingConstraint:
    """Allows tokens by lower bounds, which every token moves.

    The state is integers `(batch, bounds)`, at first `-UNBOUNDED`, which allows all tokens. A token
    is allowed if `reach[token] >= state` for every bound. It then clips each bound,
    `state' = min(max(state, floor[token]), ceiling[token])`; equal floor and ceiling set the bound.

    Args:
        floor: Integers `(vocabulary, bounds)`; `-UNBOUNDED` raises nothing.
        ceiling: The same; `UNBOUNDED` lowers nothing.
        reach: The same; `UNBOUNDED` is always allowed.
    """

    def __init__(self, floor: np.ndarray, ceiling: np.ndarray, reach: np.ndarray) -> None:
        # Floats would be rounded where weights are quantized.
        self._floor, self._ceiling, self._reach = (
            np.asarray(table, "int32") for table in (floor, ceiling, reach)
        )

    def initial_state(self, batch: int | Tensor) -> Any:
        """The state before the first token."""
        return ops.full((batch, self._floor.shape[1]), -UNBOUNDED, dtype="int32")

    def advance(self, state: Any, token_ids: Tensor) -> Any:
        """The state after tokens `(batch,)`."""
        # Of `ops.take` half the work would be to look for negative indices.
        raised = ops.maximum(state, tf.gather(self._floor, token_ids))
        return ops.minimum(raised, tf.gather(self._ceiling, token_ids))

    def advance_all(self, token_ids: Tensor) -> Any:
        """The state after token ids `(batch, time)`, integers, from the first on."""
        return self._advance_all(tf.cast(token_ids, tf.int32))

    @functools.cached_property
    def _advance_all(self):
        # A token after the other by operations of their own would take a millisecond each.
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def advance_all(token_ids):
            return ops.fori_loop(
                0,
                ops.shape(token_ids)[1],
                lambda index, state: self.advance(state, tf.gather(token_ids, index, axis=1)),
                self.initial_state(ops.shape(token_ids)[0]),
            )

        return advance_all

    def allowed_tokens(self, state: Any) -> Tensor:
        """Booleans `(batch, vocabulary)`: the tokens that are allowed."""
        return ops.min(self._reach - ops.expand_dims(state, 1), axis=-1) >= 0


class NoConstraint:
    """A `SamplingConstraint` that allows every token."""

    def initial_state(self, batch: int | Tensor) -> Any:
        """An empty state."""
        return ()

    def advance(self, state: Any, token_ids: Tensor) -> Any:
        """Stays empty."""
        return state

    def advance_all(self, token_ids: Tensor) -> Any:
        """Stays empty."""
        return ()

    def allowed_tokens(self, state: Any) -> Tensor | None:
        """`None`: any token."""
        return None
