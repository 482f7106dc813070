"""The loop of generation, in core TensorFlow operations: for servers and TFLite's interpreter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqzoo.core.types import States, Tensor
from seqzoo.zoo.generation.masking import IMPOSSIBLE


def decode(
    step: Callable, states: States, start_tokens: Tensor, tokens: Tensor
) -> tuple[Tensor, Any]:
    """Writes one token after the other, until all sequences have ended or are full.

    Args:
        step: Takes the index to write at, the tokens before it, the states, which sequences have
            ended, and the tokens written so far. Returns the next token of every sequence, the
            states, which have ended now, and the tokens written so far, in which sequences may
            have changed their places.
        states: Tensors in any nest.
        start_tokens: What stands before the first token, int32 `(...)`.
        tokens: What is written over, int32 `(..., length)`.

    Returns:
        The tokens, and the last states.
    """
    length = tf.shape(tokens)[-1]
    columns = tf.range(length)

    def going(index, previous, states, ended, tokens):
        return tf.logical_and(index < length, tf.logical_not(tf.reduce_all(ended)))

    def write(index, previous, states, ended, tokens):
        token, states, ended, tokens = step(index, previous, states, ended, tokens)
        tokens = tf.where(columns == index, tf.expand_dims(token, -1), tokens)
        return index + 1, token, states, ended, tokens

    first = (tf.constant(0), start_tokens, states, tf.zeros_like(start_tokens, tf.bool), tokens)
    _, _, states, _, tokens = tf.while_loop(going, write, first)
    return tokens, states


def end_in_time(
    log_probabilities: Tensor, index: Tensor, max_length: int, end_token_id: int
) -> Tensor:
    """Forbids the end before the first token, and everything else after the last.

    Args:
        log_probabilities: Of the tokens at an index, `(rows, vocabulary)`.
        index: int32 `()`.
        max_length: The most tokens before the end.
        end_token_id: The token that ends a sequence.
    """
    is_end = tf.range(tf.shape(log_probabilities)[-1])[None] == end_token_id
    early = tf.logical_and(index == 0, is_end)
    late = tf.logical_and(index == max_length, tf.logical_not(is_end))
    return tf.where(tf.logical_or(early, late), IMPOSSIBLE, log_probabilities)
