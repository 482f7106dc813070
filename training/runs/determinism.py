"""TensorFlow's deterministic operations."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf
from tensorflow.python.framework import config


@contextmanager
def deterministic_operations() -> Iterator[None]:
    """Enables TensorFlow's deterministic operations for a while.

    Left enabled, they refuse random operations without a seed, of any model in the process.
    TensorFlow offers no public way to disable them.
    """
    before = config.is_op_determinism_enabled()
    tf.config.experimental.enable_op_determinism()
    try:
        yield
    finally:
        if not before:
            config.disable_op_determinism()
