import pytest
import tensorflow as tf

from seqzoo.training.runs.determinism import deterministic_operations


def draws_without_a_seed():
    """Whether a random operation without a seed runs; a deterministic one cannot."""
    try:
        tf.raw_ops.RandomUniform(shape=[2], dtype=tf.float32, seed=0)
    except tf.errors.InvalidArgumentError:
        return False
    return True


def test_operations_are_deterministic_for_a_while():
    with deterministic_operations():
        assert not draws_without_a_seed()
        with deterministic_operations():
            pass
        assert not draws_without_a_seed()
    assert draws_without_a_seed()
    with pytest.raises(KeyError), deterministic_operations():
        raise KeyError
    assert draws_without_a_seed()
