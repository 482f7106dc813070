"""HTTP connection with timeouts."""

import asyncio
import sys
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, H11Protocol

from seqzoo.serving.limits import Limits
from seqzoo.serving.responses import error_response
from seqzoo.serving.rest_errors import RestError, invalid, shortened


class Connection(H11Protocol):
    """Closes connections whose request head does not arrive, or whose answer is not read, in time.

    uvicorn would wait for both without limit. The body has its own timeout in the application,
    which can still send an answer.

    Args:
        limits: The timeouts, and the maximum number of connections.
        **arguments: Arguments of uvicorn's protocol.
    """

    def __init__(self, *, limits: Limits, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._limits = limits
        self._head_deadline: asyncio.TimerHandle | None = None
        self._answer_deadline: asyncio.TimerHandle | None = None

    # The same type as in uvicorn: asyncio calls it only with such a transport.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts the timeout of the first request, or refuses a connection above the limit."""
        # Pauses writing as soon as the system's buffer is full.
        transport.set_write_buffer_limits(high=0)
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(
                RestError(
                    503,
                    f"The server already has {self._limits.connections} connections. Try again "
                    "later.",
                )
            )
        else:
            self._start_waiting()

    def data_received(self, data: bytes) -> None:
        """Stops the timeout when the head of a request is complete."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._head_deadline is None:
            self._start_waiting()

    def pause_writing(self) -> None:
        """Starts the timeout for the client to read the answer."""
        super().pause_writing()
        self._answer_deadline = self.loop.call_later(
            self._limits.write_timeout, self.transport.abort
        )

    def resume_writing(self) -> None:
        """Stops the timeout for reading: everything is sent."""
        super().resume_writing()
        self._stop_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops all timeouts."""
        self._stop_waiting()
        self._stop_writing()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuses invalid HTTP; the reason comes from the error that uvicorn is handling."""
        reason = shortened(str(sys.exception() or msg))
        self._refuse(invalid(f"The request is not valid HTTP/1.1 ({reason})."))

    def _refuse(self, error):
        """Closes the connection; sends the error first, unless an answer has begun."""
        if self.cycle is not None:
            # Tells the application that the client is gone.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = error_response(error, {"Connection": "close"})
            for event in (
                h11.Response(
                    status_code=error.status,
                    headers=response.raw_headers,
                    reason=STATUS_PHRASES[error.status],
                ),
                h11.Data(data=bytes(response.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event))
        self.transport.close()

    def _start_waiting(self):
        self._head_deadline = self.loop.call_later(self._limits.read_timeout, self.transport.close)

    def _stop_waiting(self):
        _cancel(self._head_deadline)
        self._head_deadline = None

    def _stop_writing(self):
        _cancel(self._answer_deadline)
        self._answer_deadline = None


def _cancel(deadline):
    if deadline is not None:
        deadline.cancel()
