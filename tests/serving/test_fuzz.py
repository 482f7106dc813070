"""Requests of any kind are answered or refused; the server never fails."""

import copy
import functools
import json
import operator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CASES = 500
FUZZ = settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NAMES = st.sampled_from(
    ["instances", "inputs", "signature_name", "b64", "x", "scale", "text", "image_bytes", "n"]
) | st.text(max_size=3)
SIGNATURE_NAMES = st.sampled_from(
    ["serving_default", "scaled", "uneven", "scalar", "image", "types", "strict", "half", "", "no"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(codec=None), max_size=5)
)
VALUES = st.recursive(
    SCALARS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(NAMES, values, max_size=4),
    max_leaves=12,
)
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={"signature_name": SIGNATURE_NAMES | SCALARS, "instances": VALUES, "inputs": VALUES},
)
VALID = [
    {"instances": ["a", "b"]},
    {"signature_name": "scaled", "inputs": {"x": [[1, 2.5, -3]], "scale": [0.5]}},
    {"signature_name": "scaled", "instances": [{"x": [1, 2, 3], "scale": 1}] * 2},
    {"signature_name": "image", "instances": [{"b64": "AAEC"}]},
    {"signature_name": "scalar", "inputs": 3},
    {
        "signature_name": "types",
        "inputs": {"long": [1], "flag": [True], "double": [0.5], "small": [7]},
    },
]


def assert_answered(predict, body):
    """The body is answered, or refused for a reason."""
    answer = predict(content=body)
    assert answer.status_code in (200, 400, 501)
    keys = {"predictions", "outputs"} if answer.status_code == 200 else {"error"}
    ((key, value),) = json.loads(answer.content).items()
    assert key in keys
    assert key != "error" or value


@FUZZ
@given(DOCUMENTS | VALUES)
@example({"inputs": {"x": float("nan")}, "signature_name": "uneven"})
def test_any_json(predict, document):
    assert_answered(predict, json.dumps(document).encode())


@FUZZ
@given(st.data())
def test_valid_requests_with_one_part_replaced(predict, data):
    document = copy.deepcopy(data.draw(st.sampled_from(VALID)))
    *way, last = data.draw(st.sampled_from(places(document)))
    part = functools.reduce(operator.getitem, way, document)
    part[last] = data.draw(VALUES)
    assert_answered(predict, json.dumps(document).encode())


@FUZZ
@given(st.sampled_from(VALID), st.data())
def test_valid_requests_with_bytes_replaced(predict, document, data):
    body = bytearray(json.dumps(document).encode())
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 4)))
    body[start:end] = data.draw(
        st.binary(max_size=4) | st.sampled_from([b"[", b"]", b"{", b"}", b'"', b",", b"1e999"])
    )
    assert_answered(predict, bytes(body))


def places(value):
    """The paths to all parts of a JSON value but itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    return [
        (key, *below)
        for key, item in items
        for below in [(), *(places(item) if isinstance(item, dict | list) else [])]
    ]


@pytest.mark.parametrize("document", VALID)
def test_the_valid_ones_are(predict, document):
    assert predict(document).status_code == 200
