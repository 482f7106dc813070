"""Limits of the server."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """The limits of a server.

    Attributes:
        concurrency: The maximum number of predictions that run at once.
        queue: The maximum number of requests that wait for a running prediction; further requests
            get status 503.
        timeout: The maximum time in seconds that a request may wait and run; then it gets status
            504, and its computation is cancelled.
        body_bytes: The maximum size of a request body, compressed and uncompressed, in bytes;
            larger ones get status 413.
        read_timeout: The maximum time in seconds for the head of a request to arrive, and for its
            body. Then the connection is closed; late bodies get status 408.
        values: The maximum number of values in the JSON of a request, and in the arrays of an
            answer; above it, the request gets status 413.
        tokens: The maximum number of tokens of a request: the integers in its arrays, the bytes of
            its texts, and the tokens that it requests from a generating model, `length` for every
            row. Above it, the request gets status 413.
        pixels: The maximum number of pixels of a request, in all of its JPEG and PNG pictures.
            Above it, the request gets status 413 before any picture is decoded.
        memory_bytes: The maximum memory of all requests together, in bytes, in addition to the
            models; above it, running requests are cancelled with status 429. Only on Linux.
        connections: The maximum number of connections at once, and at most a third of the files
            that the process may open; further ones get status 503.
        write_timeout: The maximum time in seconds for a client to read its answer. Then the
            connection is closed.
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
        """The maximum size of all bodies in memory, in bytes; further requests get status 503."""
        return 4 * self.body_bytes
