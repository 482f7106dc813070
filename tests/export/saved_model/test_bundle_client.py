import importlib
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.core.extras import MissingPackageError
from seqzoo.export.saved_model.bundle import ServingClient, ServingError
from seqzoo.export.saved_model.bundle.manifests import FLAGS
from tests.export.served_models import publish, sentiment, words
from tests.serving.server import ModelServer, serving


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Two models; the second version of one of them has other weights."""
    folder = tmp_path_factory.mktemp("models")
    model, signatures = sentiment()
    publish(folder, "sentiment", signatures, model=model)
    model.set_weights([weight * 0.5 for weight in model.get_weights()])
    publish(folder, "sentiment", signatures, version=2, model=model)
    publish(folder, "words", words())
    return folder


@pytest.fixture(scope="module")
def running(models):
    """The server of `sentiment`, and its address."""
    server = ModelServer(models / "sentiment", labels={"stable": 1})
    with serving(server) as address:
        yield server, address


@pytest.fixture
def address(running):
    return running[1]


TOKENS = np.array([[5, 3, 8], [7, 0, 0]], "int32")


def answer(models, version, signature, **inputs):
    loaded = tf.saved_model.load(str(models / "sentiment" / str(version)))
    tensors = {name: tf.constant(value) for name, value in inputs.items()}
    return {name: value.numpy() for name, value in loaded.signatures[signature](**tensors).items()}


def assert_same(received, expected):
    assert received.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(received[name], value, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("asked", "answers"), [(None, 2), (1, 1), (2, 2), ("stable", 1)])
def test_a_version_is_asked_by_number_by_label_or_not(models, address, asked, answers):
    with ServingClient(address, "sentiment", asked) as client:
        received = client.predict("sequence", tokens=TOKENS)
    assert_same(received, answer(models, answers, "sequence", tokens=TOKENS))
    other = answer(models, 3 - answers, "sequence", tokens=TOKENS)
    assert not np.allclose(received["scores"], other["scores"], rtol=1e-3)


def test_lists_of_numbers_are_int32_and_float32(models, address):
    states = {name: np.full((1, 6), 0.25, "float32") for name in ("h", "c")}
    lists = {name: state.tolist() for name, state in states.items()}
    with ServingClient(address, "sentiment") as client:
        received = client.predict("step", tokens=[5], **lists)
    tokens = np.array([5], "int32")
    assert_same(received, answer(models, 2, "step", tokens=tokens, **states))


@pytest.mark.parametrize(
    ("text", "repeated"),
    [
        (["é", ""], ["é/é".encode(), b"/"]),
        ([b"\xff\0"], [b"\xff\0/\xff\0"]),
        (np.array([b"\xff\0", b"b"], object), [b"\xff\0/\xff\0", b"b/b"]),
    ],
)
def test_text_and_scalars(models, text, repeated):
    server = ModelServer(models / "words", labels={})
    with serving(server) as address, ServingClient(address, "words") as client:
        received = client.predict("repeat", text=text, times=2, separator="/")
    assert received["repeated_bytes"].tolist() == repeated
    assert received["length"].tolist() == [len(value) for value in repeated]


def test_more_than_grpc_takes_by_default(models, address):
    """A request and an answer of more than 4 MB."""
    tokens = np.ones((600_000, 2), "int32")
    with ServingClient(address, "sentiment", timeout=120) as client:
        received = client.predict("sequence", tokens=tokens)
    expected = answer(models, 2, "sequence", tokens=tokens[:1])["scores"]
    assert received["scores"].shape == (600_000, 2)
    np.testing.assert_allclose(received["scores"][[0, -1]], expected[[0, 0]], rtol=1e-5)


def test_status(address):
    with ServingClient(address, "sentiment") as client:
        status = client.status()
    assert {number: version.state for number, version in status.items()} == {
        1: "AVAILABLE",
        2: "AVAILABLE",
        99: "END",
    }
    assert [version.error for version in status.values()] == ["", "", "it is cut off"]
    with ServingClient(address, "sentiment", "stable") as client:
        assert list(client.status()) == [1]


def test_metadata(address):
    with ServingClient(address, "sentiment") as client:
        signatures = client.metadata()
    assert signatures.keys() == {"serving_default", "sequence", "step"}
    assert signatures["sequence"].inputs == {
        "tokens": tf.TensorSpec([None, None], tf.int32, "tokens")
    }
    step = signatures["step"]
    assert step.inputs.keys() == {"tokens", "h", "c"}
    assert step.outputs["h"] == tf.TensorSpec([None, 6], tf.float32, "h")


@pytest.mark.parametrize(
    ("model", "version", "signature", "inputs", "code", "message"),
    [
        ("other", None, "sequence", {}, "NOT_FOUND", r"Latest\(other\)"),
        ("sentiment", 7, "sequence", {}, "NOT_FOUND", r"Specific\(sentiment, 7\)"),
        ("sentiment", "canary", "sequence", {}, "INVALID_ARGUMENT", "label: canary"),
        ("sentiment", None, "sequence", {}, "INVALID_ARGUMENT", "0!=1"),
        ("sentiment", None, "sequence", {"tokens": [1, 2]}, "INVALID_ARGUMENT", "sequence"),
        ("sentiment", None, "generate", {}, "FAILED_PRECONDITION", '"generate" not found'),
    ],
)
def test_a_call_that_is_refused(running, model, version, signature, inputs, code, message):
    server, address = running
    before = len(server.requests)
    with (
        ServingClient(address, model, version) as client,
        pytest.raises(ServingError, match=message) as caught,
    ):
        client.predict(signature, **inputs)
    assert caught.value.code == code
    assert code in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(server.requests) == before + 1


def test_status_and_metadata_of_an_unknown_model(address):
    with ServingClient(address, "other") as client:
        for call in (client.status, client.metadata):
            with pytest.raises(ServingError, match=r"asked for the (status|metadata)"):
                call()


def test_a_server_that_takes_too_long(running):
    server, address = running
    server.answering.clear()
    try:
        with (
            ServingClient(address, "sentiment", timeout=0.3) as client,
            pytest.raises(ServingError, match="longer timeout") as caught,
        ):
            client.predict("sequence", tokens=TOKENS)
    finally:
        server.answering.set()
    assert caught.value.code == "DEADLINE_EXCEEDED"


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def test_an_absent_server():
    with (
        ServingClient(f"127.0.0.1:{free_port()}", "sentiment") as client,
        pytest.raises(ServingError, match="see that the server runs") as caught,
    ):
        client.status()
    assert caught.value.code == "UNAVAILABLE"


def test_a_client_without_the_package_of_tf_serving(monkeypatch):
    for module in [name for name in sys.modules if name.startswith("tensorflow_serving")]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delitem(sys.modules, "seqzoo.export.saved_model.bundle.client")
    client = importlib.import_module("seqzoo.export.saved_model.bundle.client")
    with pytest.raises(MissingPackageError, match=r"pip install 'seqzoo\[serving\]' brings it"):
        client.ServingClient("localhost:8500", "sentiment")


@pytest.mark.skipif(
    shutil.which("tensorflow_model_server") is None,
    reason="tensorflow_model_server is not on PATH",
)
def test_tensorflow_model_server_serves_the_bundle(models, tmp_path):
    """The real server: every request of the bundle by REST, and the client by gRPC."""
    served = tmp_path / "models"
    shutil.copytree(models, served)
    for config in (served / "serving").glob("*.config"):
        config.write_text(config.read_text().replace('"/models/', f'"{served}/'))
    grpc_port, rest_port = free_port(), free_port()
    flags = [flag.replace("=/models/", f"={served}/") for flag in FLAGS]
    flags = [flag for flag in flags if not flag.startswith(("--port", "--rest_api_port"))]
    ports = [f"--port={grpc_port}", f"--rest_api_port={rest_port}"]
    rest = f"http://127.0.0.1:{rest_port}"
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            ["tensorflow_model_server", *flags, *ports], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"{rest}/v1/models/sentiment", server)
        for request in (served / "serving" / "requests").rglob("*.json"):
            url = f"{rest}/v1/models/{request.parent.name}:predict"
            received = json.loads(urllib.request.urlopen(url, request.read_bytes()).read())
            assert received.keys() <= {"predictions", "outputs"}
        with urllib.request.urlopen(f"{rest}/monitoring/prometheus/metrics") as metrics:
            assert b":tensorflow:serving:request_count" in metrics.read()
        with ServingClient(f"127.0.0.1:{grpc_port}", "sentiment") as client:
            received = client.predict("sequence", tokens=TOKENS)
            assert client.status()[2].state == "AVAILABLE"
            assert "sequence" in client.metadata()
        assert_same(received, answer(models, 2, "sequence", tokens=TOKENS))
    finally:
        server.terminate()
        server.wait(30)


def wait_for(url, server):
    for _ in range(120):
        try:
            with urllib.request.urlopen(url) as response:
                if b"AVAILABLE" in response.read():
                    return
        except urllib.error.URLError:
            pass
        assert server.poll() is None
        time.sleep(0.5)
    pytest.fail(f"{url} did not become available")
