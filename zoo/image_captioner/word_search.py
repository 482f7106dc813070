"""How captions are found: the best ones by beam search, or drawn at random.

Written in core TensorFlow operations, for servers and for TFLite's interpreter.
"""

from collections.abc import Callable

import tensorflow as tf

from seqzoo.zoo.base.token_sampling import sample_tokens

MAX_BEAM_WIDTH = 64
"""The most captions of an image that are searched at once."""

IMPOSSIBLE = -1e9
"""A log-probability that no caption reaches."""


def beam_search(
    states,
    start_token,
    advance: Callable,
    beam_width,
    max_length: int,
    end_token_id: int,
    length_penalty=1.0,
):
    """The captions that a beam search finds, as in Sutskever, Vinyals & Le (2014).

    It keeps the `beam_width` likeliest beginnings. One that ends leaves the beam, which is narrower
    from then on; with a beam of 1 this is greedy search. A caption has at least one word, and after
    `max_length` words only the end can follow. In the end captions Y are ranked, or long ones would
    always lose, by

    ```
    log p(Y) / |Y| ** length_penalty
    ```

    where |Y| counts the tokens, the end included: the length normalisation of Wu et al. (2016,
    arXiv:1609.08144) in its simplest form. 1 ranks by the mean log-probability of a token, 0 by the
    probability, and above 1 longer captions win more often.

    Args:
        states: Where every image starts, tensors `(batch, ...)` in any nest.
        start_token: The first token of all, int32 `()`.
        advance: Takes tokens `(rows,)` and states and gives the log-probabilities of the next token
            `(rows, vocabulary)` and the new states. What cannot be generated is `IMPOSSIBLE`.
        beam_width: int32 `()`.
        max_length: The most words.
        end_token_id: The token that ends a caption.
        length_penalty: See above, float32 `()`. Defaults to 1.

    Returns:
        Token ids, int32 `(batch, beam_width, max_length + 1)`, the end and what follows 0; and
        scores, float32 `(batch, beam_width)`, mean log-probabilities, in the order of the ranks.
        Where there are less captions than
        that, the last have a score below `IMPOSSIBLE / 2` and no tokens.
    """
    batch = tf.shape(tf.nest.flatten(states)[0])[0]
    rows = batch * beam_width
    slots = tf.range(beam_width)[None]
    columns = tf.range(max_length + 1)[None, None]

    def going(index, previous, states, totals, ended, tokens):
        return tf.logical_and(index <= max_length, tf.logical_not(tf.reduce_all(ended)))

    def add_word(index, previous, states, totals, ended, tokens):
        steps, states = advance(tf.reshape(previous, [-1]), states)
        steps = _only_end_at(steps, index, max_length, end_token_id)
        vocabulary = tf.shape(steps)[-1]
        candidates = tf.expand_dims(totals, -1) + tf.reshape(steps, [batch, beam_width, vocabulary])
        candidates = tf.where(tf.expand_dims(ended, -1), 2 * IMPOSSIBLE, candidates)
        best, places = tf.math.top_k(tf.reshape(candidates, [batch, -1]), beam_width)
        # Those that have ended stand first and keep their places, beside the best beginnings.
        count = tf.reduce_sum(tf.cast(ended, tf.int32), axis=1, keepdims=True)
        chosen = tf.maximum(slots - count, 0)
        best = tf.gather(best, chosen, batch_dims=1)
        places = tf.gather(places, chosen, batch_dims=1)
        sources = tf.where(ended, slots, places // vocabulary)
        words = tf.where(ended, 0, places % vocabulary)
        totals = tf.where(ended, totals, best)
        tokens = tf.gather(tokens, sources, batch_dims=1)
        tokens = tf.where(columns == index, tf.expand_dims(words, -1), tokens)
        states = _of_rows(states, sources, batch)
        # An impossible beginning, which fills a place, must not keep it.
        ends = tf.logical_and(words == end_token_id, totals > IMPOSSIBLE / 2)
        ended = tf.logical_or(ended, ends)
        order = tf.math.top_k(tf.cast(ended, tf.float32), beam_width).indices
        words, totals, ended, tokens = (
            tf.gather(values, order, batch_dims=1) for values in (words, totals, ended, tokens)
        )
        return index + 1, words, _of_rows(states, order, batch), totals, ended, tokens

    first_beam = tf.cast(tf.tile(slots, [batch, 1]) > 0, tf.float32) * IMPOSSIBLE
    _, _, _, totals, _, tokens = tf.while_loop(
        going,
        add_word,
        (
            tf.constant(0),
            tf.fill([batch, beam_width], start_token),
            tf.nest.map_structure(lambda s: tf.gather(s, tf.range(rows) // beam_width), states),
            first_beam,
            tf.zeros([batch, beam_width], tf.bool),
            tf.zeros([batch, beam_width, max_length + 1], tf.int32),
        ),
    )
    return _ranked(totals, tokens, beam_width, end_token_id, length_penalty)


def _only_end_at(steps, index, max_length, end_token_id):
    """Not before the first word, and nothing else behind the last."""
    is_end = tf.range(tf.shape(steps)[-1])[None] == end_token_id
    steps = tf.where(tf.logical_and(index == 0, is_end), IMPOSSIBLE, steps)
    return tf.where(tf.logical_and(index == max_length, tf.logical_not(is_end)), IMPOSSIBLE, steps)


def _of_rows(states, sources, batch):
    """The states of beams at `sources`, `(batch, beam_width)`."""
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


def draw_captions(
    states,
    start_token,
    advance: Callable,
    uniform: Callable,
    temperature,
    max_length: int,
    end_token_id: int,
):
    """Captions that are drawn word by word.

    Args:
        states: Where every caption starts, tensors `(rows, ...)` in any nest.
        start_token: As of `beam_search`.
        advance: As of `beam_search`.
        uniform: Gives numbers from [0, 1), `(rows,)`, for the word at an index.
        temperature: What log-probabilities are divided by, float32 `()`; at 0 the likeliest word is
            always taken.
        max_length: The most words.
        end_token_id: The token that ends a caption.

    Returns:
        Token ids, int32 `(rows, max_length + 1)`, the end and what follows 0; and scores, float32
        `(rows,)`: mean log-probabilities at temperature 1, the end included.
    """
    rows = tf.shape(tf.nest.flatten(states)[0])[0]
    columns = tf.range(max_length + 1)[None]

    def going(index, previous, states, totals, ended, tokens):
        return tf.logical_and(index <= max_length, tf.logical_not(tf.reduce_all(ended)))

    def add_word(index, previous, states, totals, ended, tokens):
        steps, states = advance(previous, states)
        steps = _only_end_at(steps, index, max_length, end_token_id)
        words = tf.where(ended, 0, sample_tokens(steps, temperature, uniform(index)))
        totals += tf.where(ended, 0.0, tf.gather(steps, words, batch_dims=1))
        tokens = tf.where(columns == index, words[:, None], tokens)
        return index + 1, words, states, totals, tf.logical_or(ended, words == end_token_id), tokens

    _, _, _, totals, _, tokens = tf.while_loop(
        going,
        add_word,
        (
            tf.constant(0),
            tf.fill([rows], start_token),
            states,
            tf.zeros([rows]),
            tf.zeros([rows], tf.bool),
            tf.zeros([rows, max_length + 1], tf.int32),
        ),
    )
    lengths = tf.reduce_sum(tf.cast(tokens != 0, tf.int32), axis=-1)
    scores = totals / tf.cast(tf.maximum(lengths, 1), tf.float32)
    return tf.where(tokens != end_token_id, tokens, 0), scores
