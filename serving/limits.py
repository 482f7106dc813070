"""Limits of the server."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Attributes:
        concurrency: The most predictions that run at once.
        queue: The most requests that wait for one of them to end; further ones are answered 503.
        timeout: The seconds that a request may wait and run; then it is answered 504, and its
            computation is cancelled.
        body_bytes: The largest body of a request, as it is sent and as it is unpacked; larger
            ones are answered 413.
        read_timeout: The seconds that the head of a request may take to arrive, and its body.
            Then the connection is closed; late bodies are answered 408.
        values: The most values in the JSON of a request, and in the arrays of an answer; requests
            for more are answered 413.
        tokens: The most tokens of a request: the integers in its arrays, the bytes of its texts,
            and what it asks a generating model for, `length` for every row. For more, it is
            answered 413.
        pixels: The most pixels of a request, in all of its JPEG and PNG pictures. For more, it is
            answered 413 before a picture is decoded.
        memory_bytes: How much memory all requests together may hold, beside the models; those that
            run are cancelled above it, and answered 429. On Linux only.
        connections: The most connections at once, and no more than a third of the files that the
            process may open; further ones are answered 503.
        write_timeout: The seconds that a client may take to read its answer. Then the connection
            is closed.
    """

    concurrency: int = 4
    queue: int = 64
    timeout: float = 30.0
    body_bytes: int = 16 * 2**20
    read_timeout: float = 10.0
    values: int = 2**20
    tokens: int = 2**18
    pixels: int = 80_000_000
    memory_bytes: int = 4 * 2**30
    connections: int = 512
    write_timeout: float = 30.0

    @property
    def waiting_bytes(self) -> int:
        """The most bytes of all bodies that are held at once; further ones are answered 503."""
        return 4 * self.body_bytes
