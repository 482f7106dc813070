"""Beam search in core TensorFlow operations, for TensorFlow Serving and TFLite."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from seqzoo.core.types import States, Tensor
from seqzoo.zoo.generation.decoding import decode, restrict_end_token
from seqzoo.zoo.generation.masking import IMPOSSIBLE
from seqzoo.zoo.generation.repetition import forbid_repeats


def beam_search(
    states: States,
    start_token: Tensor,
    advance: Callable,
    beam_width: Tensor,
    max_length: int,
    end_token_id: int,
    length_penalty: float = 1.0,
    no_repeat_ngram_size: int = 0,
) -> tuple[Tensor, Tensor]:
    """Finds likely sequences by beam search, as in Sutskever, Vinyals & Le (2014).

    The beam holds the `beam_width` most likely partial sequences. A sequence that ends leaves the
    beam, which is narrower from then on; a beam width of 1 is greedy search. A sequence has at
    least one token, and after `max_length` tokens only the end token can follow. Finished sequences
    Y are ranked with a length normalization, because long ones would otherwise always lose:

    ```
    log p(Y) / |Y| ** length_penalty
    ```

    |Y| is the number of tokens, the end token included. This is the simplest form of the length
    normalization of Wu et al. (2016, arXiv:1609.08144). A penalty of 1 ranks by the mean
    log-probability per token, 0 by the probability; above 1, longer sequences win more often.

    Args:
        states: Initial states, a nest of tensors `(batch, ...)`.
        start_token: The start token, int32 `()`.
        advance: Takes tokens `(rows,)` and states. Returns the log-probabilities of the next token
            `(rows, vocabulary)`, `IMPOSSIBLE` for tokens that cannot be generated, and the new
            states.
        beam_width: Number of beams, int32 `()`.
        max_length: Maximum number of tokens, the end token excluded.
        end_token_id: The end token.
        length_penalty: Exponent of the formula above, float32 `()`. Defaults to 1.
        no_repeat_ngram_size: No n-gram of so many tokens is written twice in a sequence. Defaults
            to 0, which allows repetitions.

    Returns:
        Token ids, int32 `(batch, beam_width, max_length + 1)`, which are 0 from the end token on;
        and scores, float32 `(batch, beam_width)`, the mean log-probabilities. Both are sorted by
        rank. If fewer sequences exist, the remaining entries come last, without tokens and with a
        score below `IMPOSSIBLE / 2`.
    """
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    rows = batch * beam_width
    slots = tf.range(beam_width)[None]

    def extend_beams(index, previous, beams, ended, tokens):
        states, totals = beams
        steps, states = advance(tf.reshape(previous, [-1]), states)
        written = tf.reshape(tokens, [rows, max_length + 1])
        steps = forbid_repeats(steps, written, index, no_repeat_ngram_size)
        steps = restrict_end_token(steps, index, max_length, end_token_id)
        vocabulary = tf.shape(steps)[-1]
        candidates = tf.expand_dims(totals, -1) + tf.reshape(steps, [batch, beam_width, vocabulary])
        candidates = tf.where(tf.expand_dims(ended, -1), 2 * IMPOSSIBLE, candidates)
        best, places = tf.math.top_k(tf.reshape(candidates, [batch, -1]), beam_width)
        # Finished sequences come first and keep their slots; the best partial ones follow.
        count = tf.reduce_sum(tf.cast(ended, tf.int32), axis=1, keepdims=True)
        chosen = tf.maximum(slots - count, 0)
        best = tf.gather(best, chosen, batch_dims=1)
        places = tf.gather(places, chosen, batch_dims=1)
        sources = tf.where(ended, slots, places // vocabulary)
        added = tf.where(ended, 0, places % vocabulary)
        totals = tf.where(ended, totals, best)
        # An impossible partial sequence only fills a slot, and must not occupy it for good.
        ends = tf.logical_and(added == end_token_id, totals > IMPOSSIBLE / 2)
        ended = tf.logical_or(ended, ends)
        order = tf.math.top_k(tf.cast(ended, tf.float32), beam_width).indices
        sources, added, totals, ended = (
            tf.gather(values, order, batch_dims=1) for values in (sources, added, totals, ended)
        )
        tokens = tf.gather(tokens, sources, batch_dims=1)
        return added, (_of_rows(states, sources, batch), totals), ended, tokens

    states = tf.nest.map_structure(lambda s: tf.gather(s, tf.range(rows) // beam_width), states)
    first_beam = tf.cast(tf.tile(slots, [batch, 1]) > 0, tf.float32) * IMPOSSIBLE
    tokens, (_, totals) = decode(
        extend_beams,
        (states, first_beam),
        tf.fill([batch, beam_width], start_token),
        tf.zeros([batch, beam_width, max_length + 1], tf.int32),
    )
    return _ranked(totals, tokens, beam_width, end_token_id, length_penalty)


def _of_rows(states, sources, batch):
    """Gathers the states of the beams at `sources`, `(batch, beam_width)`."""
    beam_width = tf.shape(sources)[1]
    rows = tf.reshape(sources + tf.range(batch)[:, None] * beam_width, [-1])
    return tf.nest.map_structure(lambda state: tf.gather(state, rows), states)


def _ranked(totals, tokens, beam_width, end_token_id, length_penalty):
    lengths = tf.maximum(tf.reduce_sum(tf.cast(tokens != 0, tf.float32), axis=-1), 1.0)
    found = totals > IMPOSSIBLE / 2
    ranks = tf.where(found, totals / lengths**length_penalty, IMPOSSIBLE)
    order = tf.math.top_k(ranks, beam_width).indices
    scores = tf.where(found, totals / lengths, IMPOSSIBLE)
    tokens = tf.where(tf.logical_and(tf.expand_dims(found, -1), tokens != end_token_id), tokens, 0)
    return tf.gather(tokens, order, batch_dims=1), tf.gather(scores, order, batch_dims=1)
