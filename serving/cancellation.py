"""Cancelling computations that run in threads, by the means of TensorFlow's runtime.

As TF Serving ends what takes too long: between two operations of a graph.
"""

import contextlib
import functools
import threading
from collections.abc import Iterator

from tensorflow.python.eager.cancellation import CancellationManager, CancellationManagerContext


class Cancellation:
    """Cancels what one thread computes."""

    def __init__(self) -> None:
        _reach_threads()
        self._manager = CancellationManager()

    def start(self) -> None:
        """Cancels it; what has ended is not touched."""
        self._manager.start_cancel()

    @contextlib.contextmanager
    def covering(self) -> Iterator[None]:
        """Covers the functions of TensorFlow that this thread calls in the block."""
        _OF_THREAD.manager = self._manager
        try:
            yield
        finally:
            _OF_THREAD.manager = None


class _OfThread(threading.local):
    """Stands for the manager of the thread that asks: TensorFlow has a place for one in all."""

    manager = None

    @property
    def _impl(self):
        # What TensorFlow reads of a manager. An operation that fails cancels the manager that it
        # ran under for good, so what is not covered has a new one at each call.
        return (self.manager or CancellationManager())._impl


_OF_THREAD = _OfThread()


@functools.cache
def _reach_threads():
    """Has TensorFlow ask for the manager of the thread, from the first cancellation on.

    For ever: to enter and leave by turns, as two threads would, would cancel what the other
    computes.
    """
    CancellationManagerContext(_OF_THREAD).__enter__()
