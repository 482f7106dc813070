"""The command from its start to Ctrl-C."""

import re
import shlex
import signal
import socket
import subprocess
import sys
import threading

import httpx2
import pytest

from seqzoo.core.errors import UsageError
from seqzoo.serving import Limits, serve


@pytest.fixture
def command(saved):
    """A running `seqzoo serve` of the model `toy` on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "seqzoo", "serve", str(saved), "--port", "0", "--timeout", "4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ending = threading.Timer(120, process.kill)
    ending.start()
    yield process
    ending.cancel()
    process.kill()
    process.communicate()


def test_from_start_to_interrupt(command):
    curl, browser, _ = (command.stdout.readline() for _ in range(3))
    url = re.fullmatch(r"In a browser: (http://127\.0\.0\.1:\d+)/\n", browser)[1]
    program, option, body, asked = shlex.split(curl)
    assert (program, option, asked) == ("curl", "-d", f"{url}/v1/models/toy:predict")

    with httpx2.Client() as client:
        assert "<title>seqzoo serve</title>" in client.get(url).text
        answer = client.post(asked, content=body)
        upper = "LUCAS FERREIRA É PROFESSOR DE IA NA UNIVERSIDADE DE BRASÍLIA."
        assert answer.json() == {"outputs": {"upper": [upper], "length": [61]}}
        assert client.get(url, headers={"Host": "evil.example"}).status_code == 400
        assert client.post(asked, content=b" " * 2**25).status_code == 413
        endless = {"signature_name": "endless", "inputs": 1.0}
        assert client.post(asked, json=endless).status_code == 504
        assert client.get(f"{url}/v1/models/toy").status_code == 200

    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=60)
    assert command.returncode == 0
    assert out == "Stopped.\n"
    assert "Traceback" not in err


def test_a_port_that_is_taken(models):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"port {port} \(Address already in use\): give"):
            serve(models, "127.0.0.1", port, Limits(), print)


def test_a_failure_without_a_number(models, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("bad family")

    monkeypatch.setattr(socket, "create_server", refuse)
    with pytest.raises(UsageError, match=r"cannot listen on ::1, port 0 \(bad family\): give"):
        serve(models, "::1", 0, Limits(), print)


@pytest.mark.parametrize("host", ["203.0.113.7", "::zz"])
def test_an_address_that_is_not_here(models, host):
    with pytest.raises(UsageError, match=f"The server cannot listen on {host}, port 0"):
        serve(models, host, 0, Limits(), print)
