"""What the server refuses because it is too much."""

import asyncio
import gzip
import json
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from seqzoo.export.serving import Limits, create_app
from seqzoo.export.serving.predictions import Predictions
from seqzoo.export.serving.rest_errors import RestError

GATED = {"signature_name": "gated", "instances": [1.5]}
QUICK = {"instances": ["a"]}
URL = "/v1/models/toy:predict"


@pytest.fixture
def serving(models, toy):
    """Makes a client of a server with limits of its own; the gate opens when the test ends."""
    toy.gate.clear()
    opened = []

    def serve(**limits):
        client = TestClient(create_app(models, Limits(**limits))).__enter__()
        opened.append(client)
        return client

    with ThreadPoolExecutor(8) as pool:
        yield serve, lambda client, body: pool.submit(client.post, URL, json=body)
        toy.gate.set()
    for client in opened:
        client.__exit__(None, None, None)


def wait_for(condition):
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("It did not happen within 10 s.")


def pending(client):
    return client.app.state.predictions.pending


def test_a_full_queue(serving, toy):
    serve, ask = serving
    client = serve(concurrency=2, queue=1)
    asked = [ask(client, GATED) for _ in range(3)]
    wait_for(lambda: pending(client) == 3)
    refused = client.post(URL, json=QUICK)
    assert refused.status_code == 503
    assert refused.json()["error"].startswith("The queue is full: 2 predictions run and 1 requests")
    assert client.get("/v1/models/toy").status_code == 200
    toy.gate.set()
    assert [answer.result().json() for answer in asked] == [{"predictions": [1.5]}] * 3
    wait_for(lambda: pending(client) == 0)
    assert client.post(URL, json=QUICK).status_code == 200


def test_no_more_at_once_than_allowed(serving, toy):
    serve, ask = serving
    client = serve(concurrency=2, queue=8)
    toy.most_running = 0
    asked = [ask(client, GATED) for _ in range(6)]
    wait_for(lambda: pending(client) == 6 and toy.running == 2)
    toy.gate.set()
    assert {answer.result().status_code for answer in asked} == {200}
    assert toy.most_running == 2


def test_time_runs_out_and_the_place_is_free_when_the_computation_ends(serving, toy):
    serve, _ = serving
    client = serve(concurrency=1, queue=1, timeout=0.3)
    late = client.post(URL, json=GATED)
    assert late.status_code == 504
    assert late.json() == {"error": "Timed out: the prediction took longer than 0.3 s."}
    # It still runs, so the next one waits, in vain; and leaves the queue.
    assert pending(client) == 1
    assert client.post(URL, json=QUICK).status_code == 504
    wait_for(lambda: pending(client) == 1)
    toy.gate.set()
    wait_for(lambda: pending(client) == 0)
    assert client.post(URL, json=QUICK).status_code == 200


def test_a_request_that_a_stopping_server_drops(toy):
    toy.gate.clear()
    predictions = Predictions(Limits(concurrency=1))
    started = threading.Event()

    def work():
        started.set()
        toy.gate.wait(60)

    async def ask_and_stop():
        asked = asyncio.create_task(predictions.run(work))
        await asyncio.to_thread(started.wait, 60)
        asked.cancel()
        with pytest.raises(RestError, match=r"The server is stopping\.") as caught:
            await asked
        assert caught.value.status == 503
        assert predictions.pending == 1

    asyncio.run(ask_and_stop())
    predictions.close()
    toy.gate.set()


@pytest.mark.parametrize("length", [2**10 + 1, 2**20])
def test_a_body_that_is_too_large(serving, length):
    serve, _ = serving
    client = serve(body_bytes=2**10)
    answer = client.post(URL, content=b" " * length)
    assert answer.status_code == 413
    assert answer.json() == {"error": "The request is larger than 1024 bytes."}


def test_the_largest_body_there_is(serving):
    serve, _ = serving
    client = serve(body_bytes=2**10)
    body = json.dumps(QUICK).encode()
    assert client.post(URL, content=body + b" " * (2**10 - len(body))).status_code == 200


def test_a_body_that_unpacks_to_more_than_it_should(serving):
    serve, _ = serving
    client = serve(body_bytes=2**20)
    bomb = gzip.compress(b" " * 2**28, mtime=0)
    assert len(bomb) < 2**20
    tracemalloc.start()
    answer = client.post(URL, content=bomb, headers={"Content-Encoding": "gzip"})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**25
    assert answer.status_code == 413
    assert "when it is unpacked" in answer.json()["error"]


def test_a_request_for_another_host(models):
    client = TestClient(create_app(models, allowed_hosts=["127.0.0.1", "localhost"]))
    for host, status in [("localhost:8501", 200), ("127.0.0.1", 200), ("evil.example", 400)]:
        assert client.get("/v1/models/toy", headers={"Host": host}).status_code == status
