"""Drawing tokens, in core TensorFlow operations."""

import tensorflow as tf

from seqzoo.zoo.base.limits import MAX_TEMPERATURE


def sample_tokens(logits, temperature, uniform):
    """The likeliest token at temperature 0; else the one in whose part of [0, 1) a number lies.

    Args:
        logits: float32 `(batch, vocabulary)`.
        temperature: float32 `()`.
        uniform: Numbers from [0, 1), float32 `(batch,)`.

    Returns:
        Tokens, int32 `(batch,)`.
    """

    def draw():
        upper_bounds = tf.cumsum(tf.nn.softmax(logits / temperature), axis=-1)
        below = tf.cast(upper_bounds <= uniform[:, None] * upper_bounds[:, -1:], tf.int32)
        return tf.minimum(tf.reduce_sum(below, axis=-1), tf.shape(logits)[-1] - 1)

    def likeliest():
        return tf.argmax(logits, axis=-1, output_type=tf.int32)

    return tf.cond(temperature > 0, draw, likeliest)


def temperature_checks(temperature) -> list:
    """Assertions that a temperature, float32 `()`, is one to sample at."""
    return [
        tf.debugging.assert_non_negative(temperature, "temperature must not be negative"),
        tf.debugging.assert_less_equal(
            temperature, MAX_TEMPERATURE, f"temperature is above {MAX_TEMPERATURE:g}"
        ),
    ]
