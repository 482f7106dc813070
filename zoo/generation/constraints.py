"""Stateful sampling constraints: which tokens may be sampled, given all tokens so far."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor

UNBOUNDED = 1_000_000
"""A value beyond every bound of a constraint."""


class SamplingConstraint:
    """A sampling constraint defined by lower bounds that every token updates.

    The state is an integer tensor `(batch, bounds)`, initially `-UNBOUNDED`, which allows all
    tokens. A token is allowed if `reach[token] >= state` for every bound. Reading a token clips
    each bound, `state' = min(max(state, floor[token]), ceiling[token])`; if floor and ceiling are
    equal, this sets the bound.

    Args:
        floor: Integers `(vocabulary, bounds)`; `-UNBOUNDED` raises no bound.
        ceiling: Integers `(vocabulary, bounds)`; `UNBOUNDED` lowers no bound.
        reach: Integers `(vocabulary, bounds)`; `UNBOUNDED` satisfies every bound.
    """

    def __init__(self, floor: np.ndarray, ceiling: np.ndarray, reach: np.ndarray) -> None:
        # Integers, because quantization would round floats.
        self._floor, self._ceiling, self._reach = (
            np.asarray(table, "int32") for table in (floor, ceiling, reach)
        )

    def initial_state(self, batch: int | Tensor) -> Any:
        """Returns the state before the first token."""
        return ops.full((batch, self._floor.shape[1]), -UNBOUNDED, dtype="int32")

    def advance(self, state: Any, token_ids: Tensor) -> Any:
        """Returns the state after tokens `(batch,)`."""
        # `ops.take` would spend half its time on looking for negative indices.
        raised = ops.maximum(state, tf.gather(self._floor, token_ids))
        return ops.minimum(raised, tf.gather(self._ceiling, token_ids))

    def advance_all(self, token_ids: Tensor) -> Any:
        """Returns the state after all of the token ids, integers `(batch, time)`."""
        return self._advance_all(tf.cast(token_ids, tf.int32))

    @functools.cached_property
    def _advance_all(self):
        # Run eagerly, every token would take a millisecond.
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
        """Returns booleans `(batch, vocabulary)`: the allowed tokens."""
        return ops.min(self._reach - ops.expand_dims(state, 1), axis=-1) >= 0


class NoConstraint:
    """A `SamplingConstraint` that allows every token."""

    def initial_state(self, batch: int | Tensor) -> Any:
        """Returns an empty state."""
        return ()

    def advance(self, state: Any, token_ids: Tensor) -> Any:
        """Returns the empty state."""
        return state

    def advance_all(self, token_ids: Tensor) -> Any:
        """Returns the empty state."""
        return ()

    def allowed_tokens(self, state: Any) -> Tensor | None:
        """Returns `None`, which stands for all tokens."""
        return None
