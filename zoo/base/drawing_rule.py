"""Rules of what can be drawn that look back further than one token."""

import numpy as np
import tensorflow as tf
from keras import ops

UNBOUNDED = 10_000
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

    def drawable(self, demands):
        """`None`: any token."""
        return


def demands_behind(rule, token_ids, count):
    """The demands behind the first `count` of token ids `(batch, time)`."""
    return ops.fori_loop(
        0,
        count,
        lambda index, demands: rule.behind(demands, ops.take(token_ids, index, axis=1)),
        rule.begin(ops.shape(token_ids)[0]),
    )
