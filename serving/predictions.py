"""Runs predictions in a limited number of threads."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from starlette.requests import ClientDisconnect

from seqzoo.core.errors import UsageError
from seqzoo.serving.cancellation import Cancellation
from seqzoo.serving.limits import Limits
from seqzoo.serving.rest_errors import RestError


class Predictions:
    """Threads for predictions, with a bounded queue.

    All methods must be called from one event loop.

    Attributes:
        pending: The number of predictions that wait, run, or are being cancelled.
    """

    def __init__(self, limits: Limits) -> None:
        self.pending = 0
        self._limits = limits
        self._given_up: dict[asyncio.Future[RestError], Future[bytes]] = {}
        self._threads = _started(limits.concurrency)

    async def run(
        self, function: Callable[[Cancellation], bytes], leaving: asyncio.Future | None = None
    ) -> bytes:
        """Runs a function in a thread and returns its result.

        Args:
            function: The function, called with its `Cancellation`.
            leaving: A future that is done when the client has disconnected.

        Raises:
            RestError: If the queue is full, the request times out, or the server stops.
            ClientDisconnect: If the client has disconnected.
        """
        self._check_queue()
        cancellation = Cancellation()
        running = self._submit(function, cancellation)
        self.pending += 1
        result = asyncio.wrap_future(running)
        result.add_done_callback(self._end)
        given_up = asyncio.get_running_loop().create_future()
        self._given_up[given_up] = running
        try:
            async with asyncio.timeout(self._limits.timeout):
                await asyncio.wait(
                    [result, given_up, *([leaving] if leaving else [])],
                    return_when=asyncio.FIRST_COMPLETED,
                )
        except TimeoutError:
            raise RestError(
                504, f"Timed out: the prediction took longer than {self._limits.timeout:g} s."
            ) from None
        except asyncio.CancelledError:
            # Requests are cancelled only when the server stops.
            raise RestError(503, "The server is stopping.") from None
        finally:
            del self._given_up[given_up]
            # A prediction that waits never starts; one that runs stops after its current operation.
            running.cancel()
            cancellation.start()
        if result.done():
            return result.result()
        raise given_up.result() if given_up.done() else ClientDisconnect

    def give_up(self, error: RestError) -> bool:
        """Cancels all running predictions with an error; waiting ones keep waiting.

        Returns:
            Whether any predictions wait, run, or are still being cancelled.
        """
        for given_up, running in self._given_up.items():
            if running.running() and not given_up.done():
                given_up.set_result(error)
        return self.pending > 0

    def _check_queue(self):
        limits = self._limits
        if self.pending >= limits.concurrency + limits.queue:
            raise RestError(
                503,
                f"The queue is full: {limits.concurrency} predictions run and {limits.queue} "
                "requests wait. Try again later.",
            )

    def _submit(self, function, cancellation):
        try:
            return self._threads.submit(function, cancellation)
        except RuntimeError as error:
            # The prediction may be in the queue nevertheless.
            cancellation.start()
            raise RestError(
                503, f"The server cannot compute now ({error}). Try again later."
            ) from error

    def _end(self, result):
        self.pending -= 1
        if not result.cancelled():
            # Marks the exception as retrieved: asyncio would log it if the client has disconnected.
            result.exception()

    def close(self) -> None:
        """Drops waiting predictions; running ones were cancelled with their requests."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _started(count):
    """Starts the threads early, as memory may be too short to start them when they are needed."""
    threads = ThreadPoolExecutor(count, thread_name_prefix="prediction")
    # Each thread waits for the others, so that none takes two of the tasks.
    all_running = threading.Barrier(count)
    try:
        for _ in range(count):
            threads.submit(all_running.wait)
    except RuntimeError as error:
        all_running.abort()
        threads.shutdown(cancel_futures=True)
        raise UsageError(
            f"The server cannot start {count} threads ({error}): give a smaller --concurrency."
        ) from error
    return threads
