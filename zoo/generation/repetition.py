"""Generation without repeated n-grams."""

import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.zoo.generation.masking import IMPOSSIBLE


def forbid_repeats(log_probabilities: Tensor, tokens: Tensor, index: Tensor, size: int) -> Tensor:
    """Forbids the tokens that would write an n-gram a second time.

    Args:
        log_probabilities: Log-probabilities of the tokens at an index, `(rows, vocabulary)`.
        tokens: The tokens so far, int32 `(rows, length)`; those from the index on are ignored.
        index: The index in the sequence, int32 `()`.
        size: Length of the n-grams; 0 forbids none.

    Returns:
        The log-probabilities, with forbidden tokens set to `IMPOSSIBLE`.

    >>> import numpy as np
    >>> written = tf.constant([[3, 4, 3, 0]])
    >>> allowed = forbid_repeats(tf.zeros([1, 5]), written, tf.constant(3), size=2)
    >>> np.flatnonzero(allowed[0] < 0)
    array([4])
    """
    if not size:
        return log_probabilities
    length = tf.shape(tokens)[1]
    before = size - 1
    padded = tf.pad(tokens, [[0, 0], [before, 0]], constant_values=-1)
    ends_repeat = tf.range(length)[None] < index
    for distance in range(1, size):
        earlier = padded[:, before - distance : before - distance + length]
        latest = tf.gather(padded, before + index - distance, axis=1)
        ends_repeat = tf.logical_and(ends_repeat, earlier == latest[:, None])
    ends = tf.one_hot(tf.where(ends_repeat, tokens, -1), tf.shape(log_probabilities)[1])
    return tf.where(tf.reduce_max(ends, axis=1) > 0, IMPOSSIBLE, log_probabilities)
