"""Arrays as answers; many cases are those of TF Serving's own json_tensor_test.cc."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqzoo.serving.rest_answer import outputs_json, predictions_json
from seqzoo.serving.rest_errors import RestError

INTS = np.array([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 0], [1, 2]]], "int32")
TEXT = np.array([[b"hello", b"world"], [b"tf", b"serving"]], object)


def test_the_only_output_comes_without_its_name():
    assert json.loads(predictions_json({"x": INTS})) == {"predictions": INTS.tolist()}
    assert json.loads(outputs_json({"x": INTS})) == {"outputs": INTS.tolist()}


def test_several_outputs():
    outputs = {
        "ints": INTS,
        "text": TEXT,
        "text_bytes": TEXT,
        "float": np.array([[1], [2]], "float32"),
        "double": np.array([8, 9], "float64"),
    }
    assert json.loads(predictions_json(outputs)) == {
        "predictions": [
            {
                "double": 8.0,
                "float": [1.0],
                "ints": [[1, 2], [3, 4], [5, 6]],
                "text": ["hello", "world"],
                "text_bytes": [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}],
            },
            {
                "double": 9.0,
                "float": [2.0],
                "ints": [[7, 8], [9, 0], [1, 2]],
                "text": ["tf", "serving"],
                "text_bytes": [{"b64": "dGY="}, {"b64": "c2VydmluZw=="}],
            },
        ]
    }
    assert json.loads(outputs_json(outputs)) == {
        "outputs": {
            "double": [8.0, 9.0],
            "float": [[1.0], [2.0]],
            "ints": INTS.tolist(),
            "text": [["hello", "world"], ["tf", "serving"]],
            "text_bytes": [
                [{"b64": "aGVsbG8="}, {"b64": "d29ybGQ="}],
                [{"b64": "dGY="}, {"b64": "c2VydmluZw=="}],
            ],
        }
    }


@pytest.mark.parametrize(
    ("array", "text"),
    [
        # Six digits where they are enough, a point in every number that has no exponent.
        (np.array([9000000, 999999, 0.00003], "float32"), "[9e+06, 999999.0, 3e-05]"),
        (np.array([0.5, 0.0003, 555557.5], "float32"), "[0.5, 0.0003, 555557.5]"),
        (np.array([1 / 3, 0.1, -0.0], "float32"), "[0.333333343, 0.1, -0.0]"),
        (np.array([1 / 3, 0.1], "float64"), "[0.33333333333333331, 0.1]"),
        (np.array([np.nan, np.inf, 3, -np.inf], "float32"), "[NaN, Infinity, 3.0, -Infinity]"),
        (np.array([2**63 - 1, -(2**63)], "int64"), "[9223372036854775807, -9223372036854775808]"),
        (np.array([2**64 - 1], "uint64"), "[18446744073709551615]"),
        (np.array([[True], [False]]), "[[true], [false]]"),
        (np.array(5, "int8"), "5"),
        (np.array(b'"\n\xc3\xa9', object), '"\\"\\né"'),
        (np.zeros((2, 0), "int32"), "[[], []]"),
        (np.zeros((0, 3), "float32"), "[]"),
        (np.zeros((1, 2, 0, 3), "float32"), "[[[], []]]"),
    ],
)
def test_values(array, text):
    assert outputs_json({"x": array}).decode() == f'{{"outputs": {text}}}'


def test_bytes_that_are_no_text_stay_as_they_are():
    assert outputs_json({"x": np.array(b"\xff", object)}) == b'{"outputs": "\xff"}'


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_float_can_be_read_back(bits):
    (value,) = struct.unpack("f", struct.pack("I", bits))
    array = np.array(value, "float32")
    received = np.float32(json.loads(outputs_json({"x": array}))["outputs"])
    np.testing.assert_array_equal(received, array)


@settings(deadline=None)
@given(st.floats())
def test_every_double_can_be_read_back(value):
    received = json.loads(outputs_json({"x": np.array(value, "float64")}))["outputs"]
    np.testing.assert_array_equal(received, value)


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"a": np.zeros(1), "b": np.zeros(())}, "Tensor name: b has no shape information"),
        ({"a": np.zeros(2), "b": np.zeros(1)}, "b has inconsistent batch size: 1 expecting: 2"),
        ({"a": np.zeros(1, "complex64")}, "Failed to write JSON value for tensor type: complex64"),
        ({"a": np.zeros(1, "float16")}, "Failed to write JSON value for tensor type: half"),
    ],
)
def test_outputs_that_are_no_rows(outputs, message):
    with pytest.raises(RestError, match=message) as caught:
        predictions_json(outputs)
    assert caught.value.status == 400
