"""How much the server takes on."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Attributes:
        concurrency: The most predictions that run at once.
        queue: The most requests that wait for one of them to end; further ones are answered 503.
        timeout: The seconds that a request may wait and run; then it is answered 504. A
            computation cannot be stopped: it counts as running until it ends.
        body_bytes: The largest body of a request, as it is sent and as it is unpacked; larger
            ones are answered 413.
    """

    concurrency: int = 4
    queue: int = 64
    timeout: float = 30.0
    body_bytes: int = 16 * 2**20
