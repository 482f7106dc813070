"""The decoding loop in core TensorFlow operations, for TensorFlow Serving and TFLite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqzoo.core.types import States, Tensor
from seqzoo.zoo.generation.masking import IMPOSSIBLE


def decode(
    step: Callable, states: States, start_tokens: Tensor, tokens: Tensor
) -> tuple[Tensor, Any]:
    """Writes token by token, until all sequences have ended or are full.

    Args:
        step: Takes the index to write at, the preceding tokens, the states, booleans that mark
            the finished sequences, and the tokens written so far. Returns the next token of every
            sequence, the new states, the new booleans, and the tokens written so far, in which it
            may have reordered the sequences.
        states: Initial states, a nest of tensors.
        start_tokens: The tokens before the first one, int32 `(...)`.
        tokens: The array that is overwritten, int32 `(..., length)`.

    Returns:
        The tokens and the final states.
    """
    length = tf.shape(tokens)[-1]
    columns = tf.range(length)

    def is_unfinished(index, previous, states, ended, tokens):
        return tf.logical_and(index < length, tf.logical_not(tf.reduce_all(ended)))

    def write(index, previous, states, ended, tokens):
        token, states, ended, tokens = step(index, previous, states, ended, tokens)
        tokens = tf.where(columns == index, tf.expand_dims(token, -1), tokens)
        return index + 1, token, states, ended, tokens

    first = (tf.constant(0), start_tokens, states, tf.zeros_like(start_tokens, tf.bool), tokens)
    _, _, states, _, tokens = tf.while_loop(is_unfinished, write, first)
    return tokens, states


def restrict_end_token(
    log_probabilities: Tensor, index: Tensor, max_length: int, end_token_id: int
) -> Tensor:
    """Forbids the end token at index 0, and every other token at index `max_length`.

    Args:
        log_probabilities: Log-probabilities of the tokens at an index, `(rows, vocabulary)`.
        index: The index in the sequence, int32 `()`.
        max_length: Maximum number of tokens before the end token.
        end_token_id: The end token.

    Returns:
        The log-probabilities, with forbidden tokens set to `IMPOSSIBLE`.
    """
    is_end = tf.range(tf.shape(log_probabilities)[-1])[None] == end_token_id
    early = tf.logical_and(index == 0, is_end)
    late = tf.logical_and(index == max_length, tf.logical_not(is_end))
    return tf.where(tf.logical_or(early, late), IMPOSSIBLE, log_probabilities)
