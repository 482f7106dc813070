"""The runtime that a graph is traced for."""

import contextlib
import contextvars
from collections.abc import Iterator

from seqzoo.core.keras_internals import replaced_loop_over_time
from seqzoo.layers.kernels.tflite import run_over_time

_target = contextvars.ContextVar("target", default=None)


@contextlib.contextmanager
def portable() -> Iterator[None]:
    """Inside it every layer is traced as plain operations that any TensorFlow runtime has."""
    with _traced_for("portable"):
        yield


@contextlib.contextmanager
def tflite() -> Iterator[None]:
    """Inside it every loop over time is traced as operations that TFLite's interpreter has.

    That holds for the loops of Keras's own recurrent layers, too, and not in other threads.
    """
    with _traced_for("tflite"), replaced_loop_over_time(_loop):
        yield


def is_traced_for_export() -> bool:
    """Whether a graph is being traced that runs elsewhere."""
    return _target.get() is not None


def is_traced_for_tflite() -> bool:
    """Whether a graph is being traced that TFLite's interpreter runs."""
    return _target.get() == "tflite"


@contextlib.contextmanager
def _traced_for(target):
    token = _target.set(target)
    try:
        yield
    finally:
        _target.reset(token)


def _loop(keras_loop):
    """Keras's loop over time in the form of the target."""

    def loop(*args, unroll=False, **kwargs):
        if is_traced_for_tflite() and not unroll:
            return run_over_time(*args, **kwargs)
        return keras_loop(*args, unroll=unroll, **kwargs)

    return loop
