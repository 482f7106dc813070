"""What the server refuses because it is too much."""

import asyncio
import errno
import gzip
import json
import resource
import sys
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from starlette.testclient import TestClient

from seqzoo.core.errors import UsageError
from seqzoo.serving import Limits, create_app
from seqzoo.serving.memory import MemoryWatch
from seqzoo.serving.predictions import Predictions
from seqzoo.serving.rest_errors import RestError

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

    def work(cancellation):
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


def test_a_thread_that_cannot_start_is_no_prediction_and_cancels_what_was_queued(monkeypatch):
    given = []

    def submit(function, cancellation):
        given.append(cancellation)
        raise RuntimeError("can't start new thread")

    predictions = Predictions(Limits(concurrency=2))
    monkeypatch.setattr(predictions._threads, "submit", submit)
    for _ in range(3):
        with pytest.raises(RestError, match="cannot compute now") as caught:
            asyncio.run(predictions.run(lambda cancellation: b""))
        assert caught.value.status == 503
        assert predictions.pending == 0
    for cancellation in given:
        with pytest.raises(tf.errors.CancelledError), cancellation.covering():
            tf.function(lambda: tf.constant(1) + 1)()


def test_all_threads_run_before_the_first_prediction(monkeypatch):
    predictions = Predictions(Limits(concurrency=3))
    threads = [thread for thread in predictions._threads._threads if thread.is_alive()]
    assert len(threads) == 3

    def start(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    assert asyncio.run(predictions.run(lambda cancellation: b"1")) == b"1"
    with pytest.raises(UsageError, match=r"cannot start 2 threads .* give a smaller --concurrency"):
        Predictions(Limits(concurrency=2))


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has the bound.")
def test_memory_is_bounded_by_the_system_but_while_versions_are_loaded():
    before = resource.getrlimit(resource.RLIMIT_DATA)
    watch = MemoryWatch(2**40)
    with watch.enforced():
        bound, hard = resource.getrlimit(resource.RLIMIT_DATA)
        assert 1.25 * 2**40 < bound < 1.5 * 2**40
        assert hard == before[1]
        with watch.lifted():
            assert resource.getrlimit(resource.RLIMIT_DATA) == before
            held = np.ones(2**27, "uint8")
        assert resource.getrlimit(resource.RLIMIT_DATA)[0] > bound + held.size // 2
        del held
        watch.renew()
        assert resource.getrlimit(resource.RLIMIT_DATA)[0] < bound + 2**26
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells the memory.")
def test_what_versions_take_is_not_charged_to_requests():
    watch = MemoryWatch(2**26)
    watch.renew()
    with watch.lifted():
        held = np.ones(2**27, "uint8")
        assert not watch.is_exceeded()
    assert not watch.is_exceeded()
    more = np.ones(2**27, "uint8")
    assert watch.is_exceeded()
    del held, more


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells the memory.")
def test_memory_that_stays_lost_leaves_a_quarter_to_later_requests():
    watch = MemoryWatch(2**27)
    watch.renew()
    lost = np.ones(2**28, "uint8")
    assert watch.is_exceeded()
    watch.accept()
    little = np.ones(2**24, "uint8")
    assert not watch.is_exceeded()
    more = np.ones(2**26, "uint8")
    assert watch.is_exceeded()
    del lost, little, more


def test_the_memory_is_watched_on_when_it_could_not_be_told(models, monkeypatch):
    told, looks = [], []

    def is_exceeded():
        looks.append(1)
        if len(looks) == 1:
            raise OSError(errno.EMFILE, "Too many open files")
        return False

    app = create_app(models, tell=told.append)
    monkeypatch.setattr(app.state.memory, "is_exceeded", is_exceeded)
    with TestClient(app):
        wait_for(lambda: len(looks) > 2)
    assert told[0].startswith("The server failed to watch memory (OSError(24, ")


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
    assert "The uncompressed request is larger" in answer.json()["error"]


def test_a_computation_is_cancelled_when_its_time_is_over(models):
    with TestClient(create_app(models, Limits(concurrency=1, timeout=0.5))) as client:
        endless = {"signature_name": "endless", "inputs": 1.0}
        late = [client.post(URL, json=endless) for _ in range(3)]
        assert [answer.status_code for answer in late] == [504] * 3
        # Each left its place to the next, and so does the last.
        assert client.post(URL, json={"instances": ["a"]}).status_code == 200
        assert pending(client) == 0


def test_a_request_that_ends_cancels_no_other(models):
    """TensorFlow has a place for one manager of cancellation in all threads."""
    numbers = [1000 * number for number in range(1, 9)] * 8

    def count(number):
        answer = client.post(URL, json={"signature_name": "counting", "inputs": number})
        return answer.json()

    with TestClient(create_app(models)) as client, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(count, numbers)) == [{"outputs": number} for number in numbers]
