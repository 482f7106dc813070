"""Ignored characters of a text, inside a TensorFlow graph."""

import tensorflow as tf

from seqzoo.zoo.text.sequences import following, latest, previous
from seqzoo.zoo.text.splitting import python_splitter as reference
from seqzoo.zoo.text.splitting.character_tables import is_among


def is_blank(kinds: tf.Tensor) -> tf.Tensor:
    """Returns which characters are spaces or line ends, by their kinds."""
    return is_among(kinds, reference.BLANKS)


def ends_line(kinds: tf.Tensor) -> tf.Tensor:
    """Returns which characters end a line; of CRLF, the line feed does."""
    returns = is_among(kinds, reference.CARRIAGE_RETURN)
    is_second = is_among(kinds, reference.LINE_END)
    return is_second | (returns & ~following(is_second, False))


def is_hidden(kinds: tf.Tensor) -> tf.Tensor:
    """Returns which characters are ignored: format characters, and hyphenation at line ends.

    Args:
        kinds: The kinds of the characters of all texts, one after another, with a blank line
            after each.
    """
    is_format = is_among(kinds, reference.INVISIBLE + reference.SOFT_HYPHEN)
    is_joiner = is_among(kinds, reference.JOINER)
    # A joiner has no effect at the start of a word.
    leads = latest(is_blank(kinds), ~(is_format | is_joiner), True)
    return is_format | (is_joiner & leads) | _divides(kinds)


def _divides(kinds: tf.Tensor) -> tf.Tensor:
    """Returns which characters hyphenate a word at a line end: the hyphen, and blanks after it."""
    is_solid = ~is_blank(kinds)
    places = tf.where(is_solid)[:, 0]
    solid = tf.gather(kinds, places)
    breaks = ends_line(kinds) | is_among(kinds, reference.PAGE_END)
    line = tf.gather(tf.cumsum(tf.cast(breaks, tf.int32)), places)
    before, ahead = previous(solid, 0), following(solid, 0)
    is_hyphen = is_among(solid, reference.SOFT_HYPHEN + reference.HYPHENS)
    is_last = (places - previous(places, -2) == 1) & (following(line, 0) - line == 1)
    is_inside = _is_inside(before, ahead, reference.LOWER)
    is_inside |= _is_inside(before, ahead, reference.UPPER)
    divides = tf.concat([[False], is_hyphen & is_last & is_inside], axis=0)
    return tf.gather(divides, tf.cumsum(tf.cast(is_solid, tf.int32)))


def _is_inside(before, ahead, letter):
    return is_among(before, letter + reference.EXTENDER) & is_among(ahead, letter)
