"""Connections of a server that listens."""

import contextlib
import http.client
import json
import re
import resource
import socket
import threading
import time

import pytest

from seqzoo.serving import Limits, create_app
from seqzoo.serving.connection import Connection
from seqzoo.serving.server import allowed_hosts, create_server, listen

BODY = b'{"instances": ["a"]}'
HEAD = b"POST /v1/models/toy:predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n"


@contextlib.contextmanager
def listening(models, host="127.0.0.1", **limits):
    """A server in a thread; gives its address."""
    limits = Limits(**limits)
    with listening_app(create_app(models, limits), limits, host) as address:
        yield address


@contextlib.contextmanager
def listening_app(app, limits, host="127.0.0.1"):
    server = create_server(app, limits)
    with listen(host, 0) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[:2]
        finally:
            server.should_exit = True
            thread.join(30)


def everything(connection):
    """What is received until the server closes."""
    return b"".join(iter(lambda: connection.recv(2**16), b""))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_answers_on_a_kept_connection_are_not_delayed(models, host, monkeypatch):
    options = []
    made = Connection.connection_made

    def connection_made(self, transport):
        made(self, transport)
        accepted = transport.get_extra_info("socket")
        options.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(Connection, "connection_made", connection_made)
    with listening(models, host) as (address, port):
        client = http.client.HTTPConnection(address, port)
        client.request("GET", "/v1/models/toy")
        client.getresponse().read()
        start = time.monotonic()
        for _ in range(20):
            client.request("POST", "/v1/models/toy:predict", BODY)
            assert client.getresponse().read().startswith(b'{"predictions"')
        seconds = time.monotonic() - start
        client.close()
    assert options
    assert all(options)
    # With the delay, each took 43 ms.
    assert seconds < 20 * 0.043


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (HEAD[:30], b""),
        (HEAD, b""),
        (HEAD + b"\r\n" + BODY[:5], b"HTTP/1.1 408 "),
    ],
)
def test_what_is_sent_in_halves_is_not_waited_for(models, sent, answer):
    with listening(models, read_timeout=0.5) as address:
        halves = [socket.create_connection(address, timeout=30) for _ in range(300)]
        for half in halves:
            half.sendall(sent)
        for half in halves:
            received = everything(half)
            assert received.startswith(answer)
            assert bool(received) == bool(answer)
            half.close()
        with socket.create_connection(address, timeout=30) as whole:
            whole.sendall(HEAD + b"Connection: close\r\n\r\n" + BODY)
            assert b'"upper": "A"' in everything(whole)


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(models):
    with (
        listening(models, read_timeout=0.5) as address,
        socket.create_connection(address, timeout=0.05) as slow,
    ):
        for byte in HEAD * 5:
            slow.sendall(bytes([byte]))
            with contextlib.suppress(TimeoutError):
                assert slow.recv(1) == b""
                return
    raise AssertionError("It was waited for.")


def test_a_connection_may_wait_before_its_next_request(models):
    with listening(models, read_timeout=0.3) as (address, port):
        client = http.client.HTTPConnection(address, port)
        for _ in range(3):
            client.request("GET", "/v1/models/toy")
            assert client.getresponse().read()
            # Longer than a head may take; uvicorn closes after 5 s.
            time.sleep(0.5)
        client.close()


def test_bodies_that_wait_hold_no_more_than_a_few_of_the_largest(models):
    body = b" " * 2**16
    head = HEAD.replace(b"Content-Length: 20", b"Content-Length: %d" % (len(body) + 1)) + b"\r\n"
    with listening(models, body_bytes=2**17, read_timeout=5) as address:
        waiting = [socket.create_connection(address, timeout=30) for _ in range(20)]
        for connection in waiting:
            connection.sendall(head + body)
        answers = [connection.recv(2**16)[:13] for connection in waiting]
        assert answers.count(b"HTTP/1.1 503 ") == 20 - 8
        assert answers.count(b"HTTP/1.1 408 ") == 8
        for connection in waiting:
            connection.close()


def asked(address, sent):
    """What is received for what is sent on a connection of its own."""
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(sent)
        return everything(connection)


@pytest.mark.parametrize("files", [None, 90])
def test_connections_beyond_the_most_are_refused_and_those_before_are_answered(
    models, files, monkeypatch
):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A third of the files that there may be.
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (files or soft, hard))
    with listening(models, connections=100 if files else 30) as address:
        held = [socket.create_connection(address, timeout=30) for _ in range(30)]
        refused = [socket.create_connection(address, timeout=30) for _ in range(30)]
        for connection in refused:
            head, _, body = everything(connection).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            expected = "The server already has 30 connections. Try again later."
            assert json.loads(body) == {"error": expected}
            connection.close()
        held[0].sendall(HEAD + b"Connection: close\r\n\r\n" + BODY)
        assert b'"upper": "A"' in everything(held[0])
        for connection in held:
            connection.close()
        assert eventually(lambda: b'"upper": "A"' in asked(address, CLOSING))


CLOSING = HEAD + b"Connection: close\r\n\r\n" + BODY


def eventually(condition):
    return any(condition() or time.sleep(0.05) for _ in range(100))


@pytest.mark.parametrize("ending", [b"", b"Connection: close\r\n"])
def test_an_answer_that_is_not_read_is_not_held(models, ending, monkeypatch):
    lost = threading.Event()
    connection_lost = Connection.connection_lost

    def note(self, exc):
        connection_lost(self, exc)
        lost.set()

    monkeypatch.setattr(Connection, "connection_lost", note)
    numbers = ",".join(["0.12345678"] * 150_000)
    body = f'{{"signature_name": "uneven", "inputs": [{numbers}]}}'.encode()
    head = HEAD.replace(b"Content-Length: 20", b"Content-Length: %d" % len(body)) + ending
    with listening(models, write_timeout=0.5) as address, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(address)
        client.sendall(head + b"\r\n" + body)
        assert lost.wait(10)
        # What the system holds may still come.
        received = everything(client)
    length = int(re.search(rb"content-length: (\d+)", received)[1])
    assert len(received) < length


def test_a_client_that_leaves_does_not_keep_its_thread(models):
    limits = Limits(concurrency=1, timeout=60)
    app = create_app(models, limits)
    body = b'{"signature_name": "endless", "inputs": 0.5}'
    head = HEAD.replace(b"Content-Length: 20", b"Content-Length: %d" % len(body)) + b"\r\n"
    with listening_app(app, limits) as address:
        with socket.create_connection(address) as client:
            client.sendall(head + body)
            assert eventually(lambda: app.state.predictions.pending == 1)
        assert eventually(lambda: app.state.predictions.pending == 0)
        assert b'"upper": "A"' in asked(address, CLOSING)


LOOK = "GET {} HTTP/1.1\r\n{}Connection: close\r\n\r\n"
LOCAL = "Host: localhost\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        LOOK.format("/v1/models/t\xe9", LOCAL),
        LOOK.format("/v1/models/toy", LOCAL * 2),
        LOOK.format("/v1/models/toy", "Host: t\x00\r\n"),
        LOOK.format("/v1/models/toy", ""),
        LOOK.format("/v1/models/toy", "No header\r\n"),
        "\x16\x03\x01 hello\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /v1/models/toy:predict HTTP/1.1\r\nHost: localhost\r\n"
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_in_json(models, sent, caplog):
    with listening(models) as address:
        answer = asked(address, sent.encode("latin-1"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"content-type: application/json" in head.lower()
    (error,) = json.loads(body).values()
    assert error.startswith("The request is not valid HTTP/1.1 (")
    assert len(error) < 400
    assert not any(record.exc_info for record in caplog.records)


def test_what_is_no_http_behind_an_answer_is_told_nothing(models, caplog):
    chunked = HEAD.replace(b"Content-Length: 20", b"Origin: x\r\nTransfer-Encoding: chunked")
    with listening(models) as address, socket.create_connection(address, timeout=30) as client:
        client.sendall(chunked + b"\r\n")
        head = client.recv(2**16)
        assert head.startswith(b"HTTP/1.1 403 ")
        client.sendall(b"zz\r\n")
        assert b"HTTP/1.1" not in everything(client)
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("target", "host", "status"),
    [
        ("http://localhost:8501/v1/models/toy", LOCAL, 200),
        ("HTTP://LOCALHOST/v1/models/toy", "Host: evil.example\r\n", 200),
        ("http://localhost/v1/models/toy?a=1", LOCAL, 404),
        ("http://localhost", LOCAL, 200),
        ("http://evil.example/v1/models/toy", LOCAL, 400),
        ("ftp://localhost/v1/models/toy", LOCAL, 404),
    ],
)
def test_targets_that_name_the_host(models, target, host, status):
    limits = Limits()
    app = create_app(models, limits, allowed_hosts("127.0.0.1"))
    with listening_app(app, limits) as address:
        answer = asked(address, LOOK.format(target, host).encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
