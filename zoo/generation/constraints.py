"""Stateful sampling constraints: which tokens may be sampled, given all tokens so far."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo.core.types import Tensor

UNBOUNDED = 1_000_000
"""Above all that a constraint demands."""


class SamplingConstraint:
    """Demands that go along with a sequence, and that a token must meet to be sampled.

    The demands, a state that goes from token to token, are integers `(batch, demands)`, at first
    `-UNBOUNDED`: all tokens meet them. Each token moves every demand between a floor and a ceiling
    of its own, `demands' = min(max(demands, floor[token]), ceiling[token])`; it sets it again where
    both are the same. A token meets the demands if `reach[token] >= demands`, for all of them.

    Args:
        floor: Integers `(vocabulary, demands)`; `-UNBOUNDED` raises nothing.
        ceiling: The same; `UNBOUNDED` lowers nothing.
        reach: The same; `UNBOUNDED` meets everything.
    """

    def __init__(self, floor: np.ndarray, ceiling: np.ndarray, reach: np.ndarray) -> None:
        # Floats would be rounded where weights are quantized.
        self._floor, self._ceiling, self._reach = (
            np.asarray(table, "int32") for table in (floor, ceiling, reach)
        )

    def initial_state(self, batch: int | Tensor) -> Any:
        """The demands before the first token."""
        return ops.full((batch, self._floor.shape[1]), -UNBOUNDED, dtype="int32")

    def advance(self, demands: Any, token_ids: Tensor) -> Any:
        """The demands after tokens `(batch,)`, of those before them, `(batch, demands)`."""
        # Of `ops.take` half the work would be to look for negative indices.
        raised = ops.maximum(demands, tf.gather(self._floor, token_ids))
        return ops.minimum(raised, tf.gather(self._ceiling, token_ids))

    def advance_all(self, token_ids: Tensor) -> Any:
        """The demands after token ids `(batch, time)`, integers, from the first on."""
        return self._advance_all(tf.cast(token_ids, tf.int32))

    @functools.cached_property
    def _advance_all(self):
        # A token after the other by operations of their own would take a millisecond each.
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def advance_all(token_ids):
            return ops.fori_loop(
                0,
                ops.shape(token_ids)[1],
                lambda index, demands: self.advance(demands, tf.gather(token_ids, index, axis=1)),
                self.initial_state(ops.shape(token_ids)[0]),
            )

        return advance_all

    def allowed_tokens(self, demands: Any) -> Tensor:
        """Booleans `(batch, vocabulary)`: the tokens that meet the demands."""
        return ops.min(self._reach - ops.expand_dims(demands, 1), axis=-1) >= 0


class NoConstraint:
    """A `SamplingConstraint` that allows every token."""

    def initial_state(self, batch: int | Tensor) -> Any:
        """No demands."""
        return ()

    def advance(self, demands: Any, token_ids: Tensor) -> Any:
        """Still none."""
        return demands

    def advance_all(self, token_ids: Tensor) -> Any:
        """None either."""
        return ()

    def allowed_tokens(self, demands: Any) -> Tensor | None:
        """`None`: any token."""
        return None
