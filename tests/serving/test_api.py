"""The API over HTTP, on a real SavedModel."""

import base64
import gzip
import json
import re

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf.json_format import ParseDict
from tensorflow.core.protobuf import meta_graph_pb2

from seqzoo.export.formats.saved_model import read_meta_graph

NAN = float("nan")
X = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.125]]


def test_text_in_rows_and_in_columns(predict):
    rows = predict({"instances": ["héllo", ""]})
    assert rows.status_code == 200
    assert rows.headers["content-type"] == "application/json"
    assert rows.json() == {
        "predictions": [{"upper": "HÉLLO", "length": 5}, {"upper": "", "length": 0}]
    }
    columns = predict({"inputs": ["héllo", ""]})
    assert columns.json() == {"outputs": {"upper": ["HÉLLO", ""], "length": [5, 0]}}


def test_two_inputs_and_one_output(toy, predict):
    scale = [1.0, 3.0]
    expected = toy.scaled(tf.constant(X), tf.constant(scale))["y"].numpy()
    rows = predict(
        {
            "signature_name": "scaled",
            "instances": [{"scale": s, "x": x} for x, s in zip(X, scale, strict=True)],
        }
    )
    columns = predict({"signature_name": "scaled", "inputs": {"x": X, "scale": scale}})
    for received in (rows.json()["predictions"], columns.json()["outputs"]):
        np.testing.assert_array_equal(np.array(received, "float32"), expected)


def test_outputs_of_unlike_first_dimension_come_in_columns_only(predict):
    columns = predict({"signature_name": "uneven", "inputs": [1.5, 2]})
    assert columns.json() == {
        "outputs": {"x": [1.5, 2.0], "twice": [1.5, 2.0, 1.5, 2.0], "total": 3.5}
    }
    rows = predict({"signature_name": "uneven", "instances": [1.5, 2]})
    assert rows.status_code == 400
    assert rows.json() == {"error": "Tensor name: total has no shape information "}


def test_scalars(predict):
    assert predict({"signature_name": "scalar", "inputs": 21}).json() == {"outputs": 42}


def test_bytes_in_and_out(predict):
    image = bytes(range(256))
    encoded = {"b64": base64.b64encode(image).decode()}
    received = predict({"signature_name": "image", "instances": [encoded]}).json()
    ((key, value),) = received["predictions"][0].items()
    assert key == "b64"
    assert base64.b64decode(value) == image + b"\xff\x00"


def test_other_types(predict):
    inputs = {"long": [2**62, -7], "flag": [True, False], "double": [1, NAN], "small": [255, 3]}
    answer = predict(
        content=json.dumps({"signature_name": "types", "inputs": inputs}),
        headers={"Content-Type": "text/plain"},
    )
    outputs = json.loads(answer.content)["outputs"]
    assert outputs["long"] == [-(2**62), 7]
    assert outputs["flag"] == [False, True]
    assert outputs["small"] == [127, 1]
    np.testing.assert_array_equal(outputs["double"], [1 / 3, NAN])


@pytest.mark.parametrize(
    ("signature", "inputs", "status", "message"),
    [
        ("nope", [1], 400, 'Serving signature name: "nope" not found in signature def'),
        ("__saved_model_init_op", [1], 400, "not found in signature def"),
        ("constant", {}, 400, "Failed to get input map for signature: constant"),
        ("scaled", {"x": [[1, 2]], "scale": [1]}, 400, "must be of shape (None, 3)"),
        ("scaled", {"x": X}, 400, "Missing named input: scale in 'inputs' object."),
        ("scalar", [1], 400, "must be of shape (). Received: (1,)"),
        ("scalar", "a", 400, "is not of expected type: int32"),
        ("half", [1], 501, "Conversion of JSON Value: 1 to type: half"),
        ("to_half", [1], 400, "Failed to write JSON value for tensor type: half"),
        (["text"], [1], 400, "'signature_name' key must be a string value."),
    ],
)
def test_requests_that_are_refused(predict, signature, inputs, status, message):
    answer = predict({"signature_name": signature, "inputs": inputs})
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    error = answer.json()["error"]
    assert message in error


@pytest.mark.parametrize(
    ("signature", "inputs", "pattern"),
    [
        (
            "scaled",
            {"x": X, "scale": [1, 2, 3]},
            r"Incompatible shapes: \[2,4\] vs\. \[3,1\]\n\t \[\[{{node mul}}\]\]",
        ),
        ("strict", [1, 5], r"assertion failed: \[id too large\].*\n\t \[\[{{node assert_.*}}\]\]"),
    ],
)
def test_the_graph_is_quoted_without_places_in_python(predict, signature, inputs, pattern):
    answer = predict({"signature_name": signature, "inputs": inputs})
    assert answer.status_code == 400
    assert re.fullmatch(pattern, answer.json()["error"])


def test_names_that_utf_8_does_not_have(predict):
    answer = predict(content=rb'{"signature_name": "\ud800"}')
    assert answer.status_code == 400
    assert r"\ud800" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("POST", "/v1/models/nope:predict", 404, "Servable not found for request: Latest(nope)"),
        ("POST", "/v1/models/nope/versions/3:predict", 404, "Specific(nope, 3)"),
        ("POST", "/v1/models/toy/versions/1:predict", 404, "Specific(toy, 1)"),
        ("POST", "/v1/models/toy/labels/stable:predict", 400, "version label: stable"),
        ("POST", "/v1/models/toy/versions/18446744073709551615:predict", 400, "convert version"),
        ("POST", f"/v1/models/toy/versions/{'9' * 5000}:predict", 400, "convert version"),
        (
            "POST",
            "/v1/models/toy/versions/x:predict",
            400,
            "Malformed request: POST /v1/models/toy",
        ),
        ("POST", "/v1/models/toy", 400, "Malformed request: POST /v1/models/toy"),
        ("POST", "/v1/models/toy:explain", 400, "Malformed request"),
        ("POST", "/v1/models/..%2f..%2fetc%2fpasswd:predict", 404, "Latest(../../etc/passwd)"),
        ("POST", "/v1/models/%2e%2e:predict", 404, "Latest(..)"),
        ("GET", "/v1/models/toy:predict", 400, "Malformed request: GET /v1/models/toy:predict"),
        ("GET", "/v1/foo", 400, "Malformed request: GET /v1/foo"),
        ("GET", "/v1/models", 400, "Missing model name in request."),
        ("GET", "/v1/models/nope", 404, "Could not find any versions of model nope"),
        ("GET", "/v1/models/toy/versions/1", 404, "Could not find version 1 of model toy"),
        ("GET", "/v1/models/nope/metadata", 404, "Servable not found for request: Latest(nope)"),
        ("GET", "/v1/models/toy/labels/stable/metadata", 400, "version label: stable"),
        ("PUT", "/v1/models/toy", 400, "Malformed request: PUT /v1/models/toy"),
        ("DELETE", "/v1/models/toy:predict", 400, "Malformed request: DELETE"),
        ("GET", "/nope", 404, "Not Found"),
        ("POST", "/", 405, "Method Not Allowed"),
        ("POST", "/v1/models/toy:classify", 400, "Expected classification signature"),
        ("POST", "/v1/models/toy/versions/3:regress", 400, "Expected regression signature"),
        ("POST", "/v1/models/nope:classify", 404, "Latest(nope)"),
    ],
)
def test_paths_and_methods(client, method, path, status, message):
    answer = client.request(method, path, content=b'{"instances": ["a"]}')
    assert answer.status_code == status
    assert message in answer.json()["error"]


LONG = "n" * 60_000
BODY = b'{"instances": ["a"]}'


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/v1/models/{LONG}", None),
        ("GET", f"/v1/models/{LONG}/versions/3", None),
        ("GET", f"/v1/models/{LONG}/metadata", None),
        ("GET", f"/v1/models/toy/labels/{LONG}/metadata", None),
        ("GET", f"/v1/models/toy/versions/{'9' * 60_000}", None),
        ("GET", f"/v1/{LONG}", None),
        (LONG, "/v1/models/toy", None),
        ("POST", f"/v1/models/{LONG}:predict", BODY),
        ("POST", f"/v1/models/{LONG}/versions/3:predict", BODY),
        ("POST", f"/v1/models/{LONG}:classify", BODY),
        ("POST", "/v1/models/toy:predict", {"signature_name": LONG, "inputs": 1}),
        ("POST", "/v1/models/toy:classify", {"signature_name": LONG}),
        ("POST", "/v1/models/toy:predict", {"instances": [{LONG: 1}]}),
        ("POST", "/v1/models/toy:predict", {"instances": [{"text": "a"}, {LONG: 1}]}),
        ("POST", "/v1/models/toy:predict", {"instances": [{"text": [LONG]}, {"text": 1}]}),
        ("POST", "/v1/models/toy:predict", {"inputs": {LONG: 1}}),
        ("POST", "/v1/models/toy:predict", {LONG: 1}),
        ("POST", "/v1/models/toy:predict", [LONG]),
    ],
)
def test_names_are_cut_off_in_messages(client, method, path, body):
    body = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    answer = client.request(method, path, content=body)
    assert answer.status_code in (400, 404)
    assert len(answer.content) < 1000


def test_what_classify_says_of_a_model_of_tensorflow_2(client):
    def ask(body):
        return client.post("/v1/models/toy:classify", json=body).json()["error"]

    assert ask({"examples": [{"x": 1}]}) == (
        "Expected classification signature method_name to be tensorflow/serving/classify. Was: "
        "tensorflow/serving/predict"
    )
    assert ask({"signature_name": "nope"}) == "No signature was found with the name: nope"


def test_the_version_can_be_named(client):
    for path in ("toy", "toy/versions/3", "toy/versions/003"):
        answer = client.post(f"/v1/models/{path}:predict", json={"instances": ["a"]})
        assert answer.json()["predictions"][0]["upper"] == "A"


@pytest.mark.parametrize("path", ["toy", "toy/versions/3", "toy/labels/any"])
def test_status(client, path):
    answer = client.get(f"/v1/models/{path}")
    assert answer.status_code == 200
    assert answer.json() == {
        "model_version_status": [
            {
                "version": "3",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }


def test_metadata(client, gated):
    metadata = client.get("/v1/models/toy/metadata").json()
    assert metadata["model_spec"] == {"name": "toy", "signature_name": "", "version": "3"}
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    assert signatures["scaled"]["inputs"]["x"] == {
        "dtype": "DT_FLOAT",
        "tensor_shape": {
            "dim": [{"size": "-1", "name": ""}, {"size": "3", "name": ""}],
            "unknown_rank": False,
        },
        "name": "scaled_x:0",
    }
    assert signatures["scaled"]["method_name"] == "tensorflow/serving/predict"
    # As JSON is read back into the message, it is what the SavedModel holds.
    held = read_meta_graph(gated / "3").signature_def
    assert signatures.keys() == held.keys()
    for name, signature in signatures.items():
        assert ParseDict(signature, meta_graph_pb2.SignatureDef()) == held[name]


def test_gzip(predict):
    body = json.dumps({"instances": ["a"]}).encode()
    answer = predict(content=gzip.compress(body, mtime=0), headers={"Content-Encoding": "gzip"})
    assert answer.json()["predictions"][0]["upper"] == "A"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"instances": ["a"]}', "not gzip"),
        (gzip.compress(b'{"instances": ["a"]}', mtime=0)[:-3], "not one complete gzip stream"),
        (gzip.compress(b'{"instances": ["a"]}', mtime=0) + b"more", "not one complete gzip stream"),
        (b"", "not one complete gzip stream"),
    ],
)
def test_gzip_that_is_none(predict, content, message):
    answer = predict(content=content, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_a_failure_of_the_server_shows_no_traceback(client, models, monkeypatch):
    monkeypatch.setattr(models["toy"][3], "signatures", None)
    answer = client.post("/v1/models/toy:predict", json={"instances": ["a"]})
    assert answer.status_code == 500
    assert answer.json() == {"error": "The server failed; see its log."}
