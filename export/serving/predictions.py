"""Running predictions in threads, no more at once than allowed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from seqzoo.export.serving.limits import Limits
from seqzoo.export.serving.rest_errors import RestError


class Predictions:
    """Threads for predictions, and a bounded queue before them.

    All calls come from one event loop.

    Attributes:
        pending: How many predictions wait or run, those included whose request has timed out.
    """

    def __init__(self, limits: Limits):
        self.pending = 0
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.concurrency, thread_name_prefix="prediction")

    async def run(self, function: Callable, *args):
        """What the function returns, from a thread.

        Raises:
            RestError: If the queue is full, the time is up, or the server stops.
        """
        limits = self._limits
        if self.pending >= limits.concurrency + limits.queue:
            raise RestError(
                503,
                f"The queue is full: {limits.concurrency} predictions run and {limits.queue} "
                "requests wait. Try again later.",
            )
        self.pending += 1
        running = self._threads.submit(function, *args)
        result = asyncio.wrap_future(running)
        result.add_done_callback(self._end)
        try:
            async with asyncio.timeout(limits.timeout):
                return await asyncio.shield(result)
        except TimeoutError:
            raise RestError(
                504, f"Timed out: the prediction took longer than {limits.timeout:g} s."
            ) from None
        except asyncio.CancelledError:
            # Nothing else cancels a request.
            raise RestError(503, "The server is stopping.") from None
        finally:
            # One that has not started never will; one that runs takes no notice.
            running.cancel()

    def _end(self, result):
        self.pending -= 1
        if not result.cancelled():
            # Where nobody waits any more, asyncio would complain that nobody asked.
            result.exception()

    def close(self) -> None:
        """Drops what waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
