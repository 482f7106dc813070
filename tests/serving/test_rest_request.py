"""Requests as arrays; many cases are those of TF Serving's own json_tensor_test.cc."""

import time

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.serving.json_document import parse_document
from seqzoo.serving.rest_errors import RestError
from seqzoo.serving.rest_request import parse_inputs, signature_name

NAN, INFINITY = float("nan"), float("inf")
VALUES = 1000


def one(dtype, shape=None):
    return {"x": tf.TensorSpec(shape, dtype)}


SEVERAL = {
    "ints": tf.TensorSpec(None, tf.int32),
    "text": tf.TensorSpec(None, tf.string),
    "float": tf.TensorSpec(None, tf.float32),
    "double": tf.TensorSpec(None, tf.float64),
}


def parse(body, specs):
    return parse_inputs(parse_document(body.encode(), VALUES), "default", specs)


def assert_arrays(received, expected, specs):
    assert received.keys() == expected.keys()
    for name, values in expected.items():
        wanted = np.array(values, specs[name].dtype.as_numpy_dtype)
        assert (received[name].dtype, received[name].shape) == (wanted.dtype, wanted.shape), name
        np.testing.assert_array_equal(received[name], wanted)


@pytest.mark.parametrize(
    ("instances", "dtype", "expected"),
    [
        ("[[1, 2], [3, 4], [5, 6]]", tf.int32, [[1, 2], [3, 4], [5, 6]]),
        ("[7]", tf.int64, [7]),
        ("[9223372036854775807, -9223372036854775808]", tf.int64, [2**63 - 1, -(2**63)]),
        ("[18446744073709551615]", tf.uint64, [2**64 - 1]),
        ("[0, 255]", tf.uint8, [0, 255]),
        ("[-128, 127]", tf.int8, [-128, 127]),
        ("[1, 2.0, 5.003, 1e3, -0.0]", tf.float32, [1, 2, 5.003, 1000, -0.0]),
        ("[16777215, -16777215]", tf.float32, [16777215, -16777215]),
        ("[9007199254740991, 0.662]", tf.float64, [9007199254740991, 0.662]),
        ("[NaN, Infinity, -Infinity]", tf.float32, [NAN, INFINITY, -INFINITY]),
        ("[3.4028234663852886e38]", tf.float32, [3.4028234663852886e38]),
        ("[10000000000000000000000000]", tf.float64, [1e25]),
        # The number of TF Serving's documentation, and those that its tests refused before.
        ("[1435774380]", tf.float32, [1435774336]),
        ("[16777217, -16777217]", tf.float32, [16777216, -16777216]),
        ("[9007199254740993]", tf.float64, [9007199254740992]),
        ("[18446744073709551615]", tf.float32, [1.8446744073709552e19]),
        ("[1e39, -1e39, 1.7976931348623157e308]", tf.float32, [INFINITY, -INFINITY, INFINITY]),
        # A double first, and then a float, where one step would give 1 + 2 ** -23.
        ("[1.00000005960464477539063]", tf.float32, [1]),
        ("[Inf, -Inf, -NaN]", tf.float32, [INFINITY, -INFINITY, NAN]),
        ("[Inf, Infinity]", tf.float64, [INFINITY, INFINITY]),
        ('["Inf, -Inf", "-NaN\\" Inf"]', tf.string, [b"Inf, -Inf", b'-NaN" Inf']),
        ("[true, false]", tf.bool, [True, False]),
        ('["a", "b\\u00e9\\ud83d\\ude00", ""]', tf.string, [b"a", "bé😀".encode(), b""]),
        ('[{"b64": "aGVsbG8="}, "x"]', tf.string, [b"hello", b"x"]),
        ('[{"b64": "//8"}, {"b64": " A A = = "}]', tf.string, [b"\xff\xff", b"\x00"]),
        ('[[{"b64": "aGVsbG8="}], [{"b64": ""}]]', tf.string, [[b"hello"], [b""]]),
        ('[{"x": [["a"], ["b"]]}]', tf.string, [[[b"a"], [b"b"]]]),
        ('[{"x": {"b64": "AA=="}}]', tf.string, [b"\x00"]),
        ("[[], []]", tf.float32, np.zeros((2, 0))),
    ],
)
def test_rows_of_one_input(instances, dtype, expected):
    inputs = parse(f'{{"instances": {instances}}}', one(dtype))
    assert inputs.in_rows
    assert_arrays(inputs.arrays, {"x": expected}, one(dtype))


@pytest.mark.parametrize(
    ("value", "dtype", "expected"),
    [
        ("[[[1, 2], [3, 4]]]", tf.int32, [[[1, 2], [3, 4]]]),
        ("5", tf.int32, 5),
        ('{"b64": "aGVsbG8="}', tf.string, b"hello"),
        ('{"x": {"b64": "aGVsbG8="}}', tf.string, b"hello"),
        ('{"x": [1], "ignored": "y"}', tf.int32, [1]),
        ("[]", tf.int32, []),
        ("[[]]", tf.int32, [[]]),
    ],
)
def test_columns_of_one_input(value, dtype, expected):
    inputs = parse(f'{{"inputs": {value}}}', one(dtype))
    assert not inputs.in_rows
    assert_arrays(inputs.arrays, {"x": expected}, one(dtype))


def test_rows_of_several_inputs():
    body = """{"instances": [
        {"ints": [[1, 2], [3, 4]], "text": ["a", "b"], "float": [1.0, NaN], "double": NaN},
        {"double": 2, "float": [2, Infinity], "text": ["c", "d"], "ints": [[5, 6], [7, 8]]}]}"""
    expected = {
        "ints": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]],
        "text": [[b"a", b"b"], [b"c", b"d"]],
        "float": [[1, NAN], [2, INFINITY]],
        "double": [NAN, 2],
    }
    assert_arrays(parse(body, SEVERAL).arrays, expected, SEVERAL)


def test_columns_of_several_inputs_need_not_share_a_dimension():
    body = """{"inputs": {"ints": [[1], [2]], "text": {"b64": "AA=="}, "float": [], "double": 4}}"""
    expected = {"ints": [[1], [2]], "text": b"\x00", "float": [], "double": 4}
    assert_arrays(parse(body, SEVERAL).arrays, expected, SEVERAL)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({}, "serving_default"),
        ({"signature_name": ""}, "serving_default"),
        ({"signature_name": "step"}, "step"),
    ],
)
def test_the_signature(document, name):
    assert signature_name(document) == name


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "JSON Parse error: The document is empty$"),
        (b" \n", "JSON Parse error: The document is empty$"),
        (b"instances = [1, 2]", r"JSON Parse error: Invalid value\. at offset: 0$"),
        (b'{"instances": [1, ]}', r"JSON Parse error: Invalid value\. at offset: 18$"),
        (b'{"instances": [1]}}', "error: The document root must not be followed by other values"),
        (b'{"instances": ["\xc3\xa9"]} []', r"followed by other values\. at offset: 22$"),
        (b"{instances: 1}", r"Missing a name for object member\. at offset: 1$"),
        (b'{"instances" 1}', r"Missing a colon after a name of object member\. at offset: 13$"),
        (b'{"instances": [1 2]}', r"Missing a comma or closing bracket after a value\. at .* 17$"),
        (b'{"x": "a', r"Missing a closing quotation mark in string\. at offset: 6$"),
        (b'{"x": "a\nb"}', r"Invalid encoding in string\. at offset: 8$"),
        (b'{"x": "\\q"}', r"Invalid escape character in string\. at offset: 7$"),
        (b'{"x": [1e400]}', r"Number too big to be stored in double\. at offset: 7$"),
        (b'{"x": -1e400}', "Number too big to be stored in double"),
        (b'{"x": ' + b"1" * 400 + b"}", "Number too big to be stored in double"),
        (b'{"x": ' + b"1" * 5000 + b"}", "Number too big to be stored in double"),
        (b'{"x": Infinite}', "Invalid value"),
        (b'{"x": nan}', "Invalid value"),
        (b'{"x": "\xff"}', "JSON Parse error: Not UTF-8 at offset: 7"),
        (b'{"x": ' + b"[" * 100_000, "JSON Parse error: Nested too deeply"),
        (b"[1, 2]", r"JSON Value: \[1, 2\] Is not object"),
        (b"NaN", "JSON Value: NaN Is not object"),
    ],
)
def test_a_body_that_is_no_object(body, message):
    with pytest.raises(RestError, match=message) as caught:
        parse_document(body, 200_000)
    assert caught.value.status == 400


@pytest.mark.parametrize("wrong", [5, None, ["a"], {}])
def test_a_signature_that_is_no_text(wrong):
    with pytest.raises(RestError, match="'signature_name' key must be a string value"):
        signature_name({"signature_name": wrong})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{}", "Missing 'inputs' or 'instances' key"),
        ('{"instances": [1], "inputs": [1]}', "expecting only one of 'inputs' or 'instances'"),
        ('{"instances": 1}', "Excepting 'instances' to be an list/array"),
        ('{"instances": {"x": [1]}}', "Excepting 'instances' to be an list/array"),
        ('{"instances": []}', "No values in 'instances' array"),
        ('{"instances": [[1, 2], [3, 4], [5, 6, 7]]}', "element: 2 .*tensor size: 2 but got: 3"),
        ('{"instances": [[1, 2], [3, 4], [[5, 6]]]}', r"Expecting shape \[2\] but got: \[1,2\]"),
        ('{"instances": [1, [1]]}', r"Expecting shape \[\] but got: \[1\]"),
        ('{"instances": [[[1, 2], [3]]]}', "unexpected size: 1 at level: 1 expected size: 2"),
        ('{"instances": [[[1], 2]]}', "2 found at incorrect level: 2 in the JSON DOM.*level: 2"),
        ('{"instances": [[1, [2]]]}', "Encountered list at unexpected level: 1 expected < 1"),
        ('{"instances": [[1, 2], ["a", "b"]]}', 'element: 1 .*"a" Type: String is not .*: int32'),
        ('{"instances": [1.0]}', "JSON Value: 1.0 Type: Number is not of expected type: int32"),
        ('{"instances": [true]}', "JSON Value: true Type: True is not of expected type: int32"),
        ('{"instances": [null]}', "JSON Value: null Type: Null is not of expected type: int32"),
        ('{"instances": [{"b64": "AA=="}]}', "Type: Object is not of expected type: int32"),
        ('{"instances": [2147483648]}', "2147483648 Type: Number is not of expected type: int32"),
        ('{"instances": [{"x": 1}, 2]}', "Expecting object but got list at item 1 of input list"),
        ('{"instances": [1, {"x": 2}]}', "Expecting value/list but got object at item 1"),
        ('{"instances": [{"y": 1}]}', "key: y .*does not have named input: y"),
        ('{"instances": [{}]}', "JSON object: {} keys must be equal to: x"),
        ('{"inputs": {"y": 1}}', "Missing named input: x in 'inputs' object"),
        ('{"inputs": {"x": {"y": 1}}}', "Type: Object is not of expected type: int32"),
    ],
)
def test_integers_that_do_not_fit(body, message):
    with pytest.raises(RestError, match=message) as caught:
        parse(body, one(tf.int32))
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("dtype", "value", "message"),
    [
        (tf.float32, '"1"', "Type: String is not of expected type: float"),
        (tf.float32, "true", "Type: True is not of expected type: float"),
        (tf.bool, "1", "Type: Number is not of expected type: bool"),
        (tf.uint8, "256", "is not of expected type: uint8"),
        (tf.uint8, "-1", "is not of expected type: uint8"),
        (tf.int64, "9223372036854775808", "is not of expected type: int64"),
        (tf.uint64, "18446744073709551616", "is not of expected type: uint64"),
        (tf.string, "1", "Type: Number is not of expected type: string"),
        (tf.string, '{"b64": "AA", "more": 1}', "not formatted correctly for base64 data"),
        (tf.string, '{"b64": 1}', "not formatted correctly for base64 data"),
        (tf.string, '{"b64": "A"}', "Unable to base64 decode"),
        (tf.string, '{"b64": "A-_="}', "Unable to base64 decode"),
        (tf.string, '{"b64": "é"}', "Unable to base64 decode"),
        (tf.string, '"\\ud800"', "surrogate pair in string is invalid"),
    ],
)
def test_a_value_that_does_not_fit_its_type(dtype, value, message):
    with pytest.raises(RestError, match=message) as caught:
        parse(f'{{"inputs": {{"x": {value}}}}}', one(dtype))
    assert caught.value.status == 400


def test_a_type_that_json_does_not_have():
    with pytest.raises(RestError, match=r"JSON Value: 1\.5 to type: half") as caught:
        parse('{"inputs": 1.5}', one(tf.float16))
    assert caught.value.status == 501


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"instances": [[1], [2]]}', "instances is a plain list, but expecting list of objects"),
        ('{"instances": [{"b64": "AA=="}]}', "instances is a plain list"),
        ('{"inputs": [1]}', "inputs is a plain value/list, but expecting an object"),
        ('{"instances": [{"ints": 1}]}', "must be equal to: double,float,ints,text"),
        ('{"inputs": {"ints": 1, "text": "a", "float": 1}}', "Missing named input: double"),
    ],
)
def test_several_inputs_that_are_not_all_there(body, message):
    with pytest.raises(RestError, match=message):
        parse(body, SEVERAL)


@pytest.mark.parametrize(
    ("shape", "value", "received"),
    [
        ([None, 3], "[[1, 2]]", r"\(None, 3\)\. Received: \(1, 2\)"),
        ([None, 3], "[1, 2, 3]", r"\(None, 3\)\. Received: \(3,\)"),
        ([], "[1]", r"\(\)\. Received: \(1,\)"),
    ],
)
def test_a_shape_that_the_signature_does_not_have(shape, value, received):
    message = rf"Input 'x' of signature 'default' must be of shape {received}"
    with pytest.raises(RestError, match=message):
        parse(f'{{"inputs": {value}}}', one(tf.int32, shape))


def test_more_dimensions_than_an_array_has():
    with pytest.raises(RestError, match="A tensor of 200 dimensions has too many"):
        parse(f'{{"inputs": {"[" * 200}1{"]" * 200}}}', one(tf.int32))


def test_a_signature_without_inputs_cannot_be_asked():
    with pytest.raises(RestError, match="Failed to get input map for signature: default"):
        parse('{"inputs": {}}', {})


def test_of_equal_keys_the_first_counts():
    document = parse_document(b'{"a": {"b": 1, "c": 2, "b": 3}, "a": 4}', VALUES)
    assert document == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("value", [b"1,", b"[],", b"{},", b'"",', b"[[[[1]]]],"])
def test_more_values_than_are_read(value):
    body = b'{"instances": [' + VALUES * value + b"1]}"
    with pytest.raises(RestError, match="more than 1000 values: send it in parts") as caught:
        parse_document(body, VALUES)
    assert caught.value.status == 413


@pytest.mark.parametrize("text", ['"\\\\"', '"' + '\\"' * 30_000, '"' * 99_999, "Inf" * 100_000])
def test_damaged_documents_with_numbers_of_rapidjson_are_read_in_linear_time(text):
    start = time.monotonic()
    with pytest.raises(RestError, match="JSON Parse error"):
        parse_document(f'{{"x": Inf, "y": {text}'.encode(), 2**20)
    assert time.monotonic() - start < 1


def test_long_values_are_cut_off_in_messages():
    with pytest.raises(RestError) as caught:
        parse('{"inputs": {"y": ' + "[" * 500 + "1" + "]" * 500 + '}, "instances": []}', SEVERAL)
    assert len(str(caught.value)) < 400


def test_a_value_is_quoted_up_to_256_characters():
    for length, quoted in [(254, f'"{"a" * 254}"'), (255, f'"{"a" * 255}...')]:
        with pytest.raises(RestError) as caught:
            parse(f'{{"inputs": "{"a" * length}"}}', one(tf.int32))
        assert str(caught.value) == (
            f"JSON Value: {quoted} Type: String is not of expected type: int32"
        )
