"""Rules of what can be drawn that look back further than one token."""

import functools

import numpy as np
import tensorflow as tf
from keras import ops

UNBOUNDED = 1_000_000
"""Above all that a rule demands."""


class DrawingRule:
    """Demands that go along with a sequence, and that a token must meet to be drawn.

    Demands are integers `(batch, demands)`, at first `-UNBOUNDED`: all tokens meet them. Each token
    moves every demand between a floor and a ceiling of its own,
    `demands' = min(max(demands, floor[token]), ceiling[token])`; it sets it anew where both are the
    same. A token meets the demands if `reach[token] >= demands`, for all of them.

    Args:
        floor: Integers `(vocabulary, demands)`; `-UNBOUNDED` raises nothing.
        ceiling: The same; `UNBOUNDED` lowers nothing.
        reach: The same; `UNBOUNDED` meets everything.
    """

    def __init__(self, floor: np.ndarray, ceiling: np.ndarray, reach: np.ndarray):
        # Floats would be rounded where weights are quantized.
        self._floor, self._ceiling, self._reach = (
            np.asarray(table, "int32") for table in (floor, ceiling, reach)
        )

    def begin(self, batch):
        """The demands before the first token."""
        return ops.full((batch, self._floor.shape[1]), -UNBOUNDED, dtype="int32")

    def behind(self, demands, token_ids):
        """The demands behind tokens `(batch,)`, and before them `(batch, demands)`."""
        # Of `ops.take` half the work would be to look for negative indices.
        raised = ops.maximum(demands, tf.gather(self._floor, token_ids))
        return ops.minimum(raised, tf.gather(self._ceiling, token_ids))

    def behind_all(self, token_ids):
        """The demands behind token ids `(batch, time)`, integers, from the first on."""
        return self._behind_all(tf.cast(token_ids, tf.int32))

    @functools.cached_property
    def _behind_all(self):
        # A token after the other by operations of their own would take a millisecond each.
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
        def behind_all(token_ids):
            return ops.fori_loop(
                0,
                ops.shape(token_ids)[1],
                lambda index, demands: self.behind(demands, tf.gather(token_ids, index, axis=1)),
                self.begin(ops.shape(token_ids)[0]),
            )

        return behind_all

    def drawable(self, demands):
        """Booleans `(batch, vocabulary)`: the tokens that meet the demands."""
        return ops.min(self._reach - ops.expand_dims(demands, 1), axis=-1) >= 0


class NoRule:
    """What a `DrawingRule` does where any token can be drawn."""

    def begin(self, batch):
        """No demands."""
        return ()

    def behind(self, demands, token_ids):
        """Still none."""
        return demands

    def behind_all(self, token_ids):
        """None either."""
        return ()

    def drawable(self, demands):
        """`None`: any token."""
        return
