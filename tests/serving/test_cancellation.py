"""Cancelling what one thread computes, and nothing else."""

import pytest
import tensorflow as tf

from seqzoo.serving.cancellation import Cancellation


@tf.function(input_signature=[tf.TensorSpec([], "int32")])
def halve(number):
    with tf.control_dependencies([tf.debugging.Assert(number % 2 == 0, ["odd"])]):
        return number // 2


def test_what_fails_does_not_cancel_what_is_computed_later():
    for _ in range(2):
        with pytest.raises(tf.errors.InvalidArgumentError, match="odd"):
            halve(tf.constant(3))
        assert halve(tf.constant(4)) == 2


def test_what_is_cancelled_is_what_it_covers():
    cancellation = Cancellation()
    cancellation.start()
    with pytest.raises(tf.errors.CancelledError), cancellation.covering():
        halve(tf.constant(4))
    assert halve(tf.constant(4)) == 2
    with Cancellation().covering():
        assert halve(tf.constant(4)) == 2
