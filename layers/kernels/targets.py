"""What runtime a graph is traced for."""

import contextlib
import contextvars
from unittest import mock

# Keras has no public name for its loop over time.
from keras.src import backend

from seqzoo.layers.kernels.tflite import run_over_time

_target = contextvars.ContextVar("target", default=None)
_keras_rnn = backend.rnn


@contextlib.contextmanager
def portable():
    """Inside it every layer is traced as plain operations that any TensorFlow runtime has."""
    with _traced_for("portable"):
        yield


@contextlib.contextmanager
def tflite():
    """Inside it every loop over time is traced as operations that TFLite's interpreter has.

    That holds for the loops of Keras's own recurrent layers, too, and not in other threads.
    """
    with _traced_for("tflite"), mock.patch.object(backend, "rnn", _rnn):
        yield


def is_traced_for_export():
    """Whether a graph is being traced that runs elsewhere."""
    return _target.get() is not None


def is_traced_for_tflite():
    """Whether a graph is being traced that TFLite's interpreter runs."""
    return _target.get() == "tflite"


@contextlib.contextmanager
def _traced_for(target):
    token = _target.set(target)
    try:
        yield
    finally:
        _target.reset(token)


def _rnn(*args, unroll=False, **kwargs):
    """`keras.src.backend.rnn` in the form of the target."""
    if is_traced_for_tflite() and not unroll:
        return run_over_time(*args, **kwargs)
    return _keras_rnn(*args, unroll=unroll, **kwargs)
