"""Exported models of the zoo, served."""

import base64

import numpy as np
import pytest
from starlette.testclient import TestClient

from seqzoo.export.parity.c_runtime import Call, run_signatures
from seqzoo.serving import create_app, load_models
from seqzoo.serving.examples import example_request
from tests.export.conftest import each_model_slowly
from tests.export.saved_model.test_export import generator_alone

# The models are exported again for these tests, which takes long.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ask(exported):
    url = f"/v1/models/{exported.path.parent.name}:predict"
    with TestClient(create_app(load_models([exported.path]))) as client:
        yield lambda request: client.post(url, json=request)


def _json_value(value):
    """A value as TF Serving's REST API takes it: bytes, which may be no text, in Base64."""
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


@pytest.mark.representative("NERTagger")
@each_model_slowly
def test_the_answers_are_those_of_the_c_runtime(task, exported, ask):
    calls = [
        Call(name, example)
        for name, signature in task.signatures().items()
        for example in signature.examples
    ]
    for call, expected in zip(calls, run_signatures(exported.path, calls), strict=True):
        inputs = {
            name: _json_value(np.asarray(value).tolist()) for name, value in call.inputs.items()
        }
        answer = ask({"signature_name": call.signature, "inputs": inputs}).json()["outputs"]
        assert answer.keys() == expected.keys()
        for name, values in expected.items():
            if values.dtype == object:
                assert answer[name] == np.char.decode(values.astype(bytes), "utf-8").tolist()
                continue
            received = np.array(answer[name], values.dtype)
            # A list of no rows does not say how long they would be.
            values = np.array(values.tolist(), values.dtype)
            # The same operations, with threads that may add in another order.
            np.testing.assert_allclose(received, values, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.representative("NERTagger")
@each_model_slowly
def test_every_example_request_is_answered(task, exported, ask):
    ((_, versions),) = load_models([exported.path]).items()
    (model,) = versions.values()
    for name in task.signatures():
        answer = ask(example_request(model, name))
        assert answer.status_code == 200, answer.text


@pytest.mark.representative("4097-length is above 4096-NoteGenerator")
@generator_alone
@pytest.mark.parametrize(
    ("length", "message"),
    [
        (4097, "length is above 4096"),
        (0, "length must be at least 1"),
        (-1, "length must be at least 1"),
        (-(2**31), "length must be at least 1"),
    ],
)
def test_what_the_graph_refuses_is_told(ask, length, message):
    inputs = {"token_ids": [[5]], "length": length, "temperature": 0.5, "seed": 0}
    answer = ask({"signature_name": "generate", "inputs": inputs})
    assert answer.status_code == 400
    assert message in answer.json()["error"]
