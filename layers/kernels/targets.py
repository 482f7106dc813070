"""The target runtime of the graph being traced."""

import contextlib
import contextvars
from collections.abc import Iterator

from seqzoo.core.keras_internals import replaced_loop_over_time
from seqzoo.layers.kernels.tflite import run_over_time

_target = contextvars.ContextVar("target", default=None)


@contextlib.contextmanager
def portable() -> Iterator[None]:
    """Traces every layer inside the context as plain operations of any TensorFlow runtime."""
    with _traced_for("portable"):
        yield


@contextlib.contextmanager
def tflite() -> Iterator[None]:
    """Traces every loop over time inside the context as operations of TFLite's interpreter.

    This includes the loops of Keras's own recurrent layers; other threads are not affected.
    """
    with _traced_for("tflite"), replaced_loop_over_time(_loop):
        yield


def is_traced_for_export() -> bool:
    """Returns whether the graph being traced is for export."""
    return _target.get() is not None


def is_traced_for_tflite() -> bool:
    """Returns whether the graph being traced is for TFLite's interpreter."""
    return _target.get() == "tflite"


@contextlib.contextmanager
def _traced_for(target):
    token = _target.set(target)
    try:
        yield
    finally:
        _target.reset(token)


def _loop(keras_loop):
    """Wraps Keras's loop over time, to use the loop of the target instead."""

    def loop(*args, unroll=False, **kwargs):
        if is_traced_for_tflite() and not unroll:
            return run_over_time(*args, **kwargs)
        return keras_loop(*args, unroll=unroll, **kwargs)

    return loop
