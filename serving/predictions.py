"""Running predictions in threads, no more at once than allowed."""

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
    """Threads for predictions, and a bounded queue before them.

    All calls come from one event loop.

    Attributes:
        pending: How many predictions wait or run, those included that are being cancelled.
    """

    def __init__(self, limits: Limits) -> None:
        self.pending = 0
        self._limits = limits
        self._given_up: dict[asyncio.Future[RestError], Future[bytes]] = {}
        self._threads = _started(limits.concurrency)

    async def run(
        self, function: Callable[[Cancellation], bytes], leaving: asyncio.Future | None = None
    ) -> bytes:
        """What the function returns, from a thread.

        Args:
            function: Called with what cancels it.
            leaving: Is done when nobody waits for it any more.

        Raises:
            RestError: If the queue is full, the time is up, or the server stops.
            ClientDisconnect: If nobody waits for it any more.
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
            # Nothing else cancels a request.
            raise RestError(503, "The server is stopping.") from None
        finally:
            del self._given_up[given_up]
            # One that has not started never will; one that runs ends after its operation.
            running.cancel()
            cancellation.start()
        if result.done():
            return result.result()
        raise given_up.result() if given_up.done() else ClientDisconnect

    def give_up(self, error: RestError) -> bool:
        """Cancels all that run, and answers them with an error; what waits goes on to wait.

        Returns:
            Whether something ran, or was still being cancelled.
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
            # It may be in the queue all the same.
            cancellation.start()
            raise RestError(
                503, f"The server cannot compute now ({error}). Try again later."
            ) from error

    def _end(self, result):
        self.pending -= 1
        if not result.cancelled():
            # Where nobody waits any more, asyncio would complain that nobody asked.
            result.exception()

    def close(self) -> None:
        """Drops what waits; what runs was cancelled with its request."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _started(count):
    """Threads that run: memory may be too short to start them when they are needed."""
    threads = ThreadPoolExecutor(count, thread_name_prefix="prediction")
    # Each thread waits for the others, so that none is given the work of two.
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
