"""Cancels computations that run in threads, with the cancellation of TensorFlow's runtime.

Like TF Serving, it stops a computation between two operations of a graph.
"""

import contextlib
import functools
import threading
from collections.abc import Iterator

from tensorflow.python.eager.cancellation import CancellationManager, CancellationManagerContext


class Cancellation:
    """Cancels the computation of one thread."""

    def __init__(self) -> None:
        _reach_threads()
        self._manager = CancellationManager()

    def start(self) -> None:
        """Cancels the computation; no effect if it has finished."""
        self._manager.start_cancel()

    @property
    def is_started(self) -> bool:
        """Whether the computation is to stop."""
        return self._manager.is_cancelled

    @contextlib.contextmanager
    def covering(self) -> Iterator[None]:
        """Makes the TensorFlow functions that this thread calls in the context cancellable."""
        _OF_THREAD.manager = self._manager
        try:
            yield
        finally:
            _OF_THREAD.manager = None


class _OfThread(threading.local):
    """A manager per thread, where TensorFlow supports only one per process."""

    manager = None

    @property
    def _impl(self):
        # The attribute that TensorFlow reads. A failed operation permanently cancels its manager,
        # so computations outside `covering` get a new one for each call.
        return (self.manager or CancellationManager())._impl


_OF_THREAD = _OfThread()


@functools.cache
def _reach_threads():
    """Makes TensorFlow use the manager of the thread, from the first cancellation on.

    The context is never left: if two threads entered and left it alternately, each would cancel
    the computation of the other.
    """
    CancellationManagerContext(_OF_THREAD).__enter__()
