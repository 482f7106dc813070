"""Neighbours in sequences of values, inside a TensorFlow graph."""

import tensorflow as tf


def previous(values: tf.Tensor, first: int) -> tf.Tensor:
    """Returns every value's predecessor; `first` is that of the first.

    >>> previous(tf.constant([4, 5, 6]), 0).numpy()
    array([0, 4, 5], dtype=int32)
    """
    return tf.concat([tf.constant([first], values.dtype), values], axis=0)[:-1]


def following(values: tf.Tensor, last: int) -> tf.Tensor:
    """Returns every value's successor; `last` is that of the last.

    >>> following(tf.constant([4, 5, 6]), 0).numpy()
    array([5, 6, 0], dtype=int32)
    """
    return tf.concat([values, tf.constant([last], values.dtype)], axis=0)[1:]


def latest(values: tf.Tensor, flags: tf.Tensor, first: int) -> tf.Tensor:
    """Returns, at every position, the last flagged value up to it; `first` if there is none.

    >>> latest(tf.constant([4, 5, 6]), tf.constant([False, True, False]), 0).numpy()
    array([0, 5, 5], dtype=int32)
    """
    flagged = tf.concat([tf.constant([first], values.dtype), tf.boolean_mask(values, flags)], 0)
    return tf.gather(flagged, tf.cumsum(tf.cast(flags, tf.int32)))
