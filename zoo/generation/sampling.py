"""Sampling of tokens and sequences in core TensorFlow operations."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from seqzoo.core.limits import MAX_TEMPERATURE
from seqzoo.core.types import States, Tensor
from seqzoo.zoo.generation.decoding import decode, restrict_end_token
from seqzoo.zoo.generation.repetition import forbid_repeats


def sample_tokens(logits: Tensor, temperature: Tensor, uniform: Tensor) -> Tensor:
    """Greedy at temperature 0; otherwise inverse-CDF sampling with the given uniform number.

    Args:
        logits: float32 `(batch, vocabulary)`.
        temperature: float32 `()`.
        uniform: Numbers from [0, 1), float32 `(batch,)`.

    Returns:
        Tokens, int32 `(batch,)`.
    """

    def sample():
        upper_bounds = tf.cumsum(tf.nn.softmax(logits / temperature), axis=-1)
        below = tf.cast(upper_bounds <= uniform[:, None] * upper_bounds[:, -1:], tf.int32)
        return tf.minimum(tf.reduce_sum(below, axis=-1), tf.shape(logits)[-1] - 1)

    def greedy():
        return tf.argmax(logits, axis=-1, output_type=tf.int32)

    return tf.cond(temperature > 0, sample, greedy)


def temperature_checks(temperature: Tensor) -> list:
    """Returns assertions that a temperature, float32 `()`, lies between 0 and `MAX_TEMPERATURE`."""
    return [
        tf.debugging.assert_non_negative(temperature, "temperature must not be negative"),
        tf.debugging.assert_less_equal(
            temperature, MAX_TEMPERATURE, f"temperature is above {MAX_TEMPERATURE:g}"
        ),
    ]


def sample_sequences(
    states: States,
    start_token: Tensor,
    advance: Callable,
    uniform: Callable,
    temperature: Tensor,
    max_length: int,
    end_token_id: int,
    no_repeat_ngram_size: int = 0,
) -> tuple[Tensor, Tensor]:
    """Samples whole sequences of at least one token.

    Args:
        states: Initial states, a nest of tensors `(rows, ...)`.
        start_token: The start token, int32 `()`.
        advance: Takes tokens `(rows,)` and states. Returns the log-probabilities of the next token
            `(rows, vocabulary)`, `IMPOSSIBLE` for tokens that cannot be generated, and the new
            states.
        uniform: Takes the index of a token and returns numbers from [0, 1), `(rows,)`.
        temperature: Divides the log-probabilities, float32 `()`; 0 selects the most likely token.
        max_length: Maximum number of tokens, the end token excluded.
        end_token_id: The end token.
        no_repeat_ngram_size: No n-gram of so many tokens is written twice in a sequence. Defaults
            to 0, which allows repetitions.

    Returns:
        Token ids, int32 `(rows, max_length + 1)`, which are 0 from the end token on; and scores,
        float32 `(rows,)`: mean log-probabilities at temperature 1, the end token included.
    """
    rows = tf.shape(tf.nest.flatten(states)[0])[0]

    def sample(index, previous, sampled, ended, tokens):
        states, totals = sampled
        steps, states = advance(previous, states)
        steps = forbid_repeats(steps, tokens, index, no_repeat_ngram_size)
        steps = restrict_end_token(steps, index, max_length, end_token_id)
        token = tf.where(ended, 0, sample_tokens(steps, temperature, uniform(index)))
        totals += tf.where(ended, 0.0, tf.gather(steps, token, batch_dims=1))
        return token, (states, totals), tf.logical_or(ended, token == end_token_id), tokens

    tokens, (_, totals) = decode(
        sample,
        (states, tf.zeros([rows])),
        tf.fill([rows], start_token),
        tf.zeros([rows, max_length + 1], tf.int32),
    )
    lengths = tf.reduce_sum(tf.cast(tokens != 0, tf.int32), axis=-1)
    scores = totals / tf.cast(tf.maximum(lengths, 1), tf.float32)
    return tf.where(tokens != end_token_id, tokens, 0), scores
