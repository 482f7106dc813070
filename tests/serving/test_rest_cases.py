"""Requests and their answers, as TF Serving's sources have them.

Of json_tensor.cc, http_rest_api_util.cc, http_rest_api_handler.cc and http_server.cc; the number
1435774380 is that of api_rest.md. Where this server differs, docs/serving.md says so.
"""

import json

import pytest

NAN, INFINITY = float("nan"), float("inf")
PREDICT = "/v1/models/toy:predict"
UPPER = {"predictions": [{"upper": "A", "length": 1}]}
STATUS = {
    "model_version_status": [
        {"version": "3", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    ]
}


def uneven(numbers):
    return f'{{"signature_name": "uneven", "inputs": {numbers}}}'.encode()


def numbers(*x):
    return {"outputs": {"x": list(x), "twice": [*x, *x], "total": sum(x)}}


def error(message):
    return {"error": message}


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        # Numbers that a float has not exactly are converted.
        # 1435774336, in the nine digits that tell it from other floats.
        (uneven("[1435774380]"), 200, numbers(1.43577434e9)),
        (uneven("[16777217]"), 200, numbers(16777216.0)),
        (uneven("[-16777217]"), 200, numbers(-16777216.0)),
        (uneven("[1e39]"), 200, numbers(INFINITY)),
        (uneven("[-1e39]"), 200, numbers(-INFINITY)),
        (uneven("[18446744073709551616]"), 200, numbers(1.84467441e19)),
        (uneven("[1.5, NaN]"), 200, numbers(1.5, NAN)),
        (uneven("[Infinity]"), 200, numbers(INFINITY)),
        (uneven("[Inf]"), 200, numbers(INFINITY)),
        (uneven("[-Infinity]"), 200, numbers(-INFINITY)),
        (uneven("[-Inf]"), 200, numbers(-INFINITY)),
        (
            uneven("[1e400]"),
            400,
            error("JSON Parse error: Number too big to be stored in double. at offset: 40"),
        ),
        (uneven("[inf]"), 400, error("JSON Parse error: Invalid value. at offset: 40")),
        # The first of two equal keys.
        (b'{"instances": ["a"], "instances": ["b"]}', 200, UPPER),
        (b'{"signature_name": "text", "signature_name": 5, "instances": ["a"]}', 200, UPPER),
        (b'{"signature_name": "scalar", "inputs": {"n": 1, "n": 2}}', 200, {"outputs": 2}),
        # Space may follow the document, and nothing else.
        (b' {"instances": ["a"]} \r\n\t', 200, UPPER),
        (b'\xef\xbb\xbf{"instances": ["a"]}', 200, UPPER),
        (
            b'{"instances": ["a"]} {}',
            400,
            error(
                "JSON Parse error: The document root must not be followed by other values. "
                "at offset: 21"
            ),
        ),
        (b"", 400, error("JSON Parse error: The document is empty")),
        (b"[1]", 400, error("JSON Value: [1] Is not object")),
        # A value is quoted up to 256 characters.
        (
            uneven('"' + "a" * 300 + '"'),
            400,
            error(
                f'JSON Value: "{"a" * 255}... Type: String is not of expected type: float',
            ),
        ),
        (
            b'{"signature_name": "scalar", "inputs": 1.0}',
            400,
            error("JSON Value: 1.0 Type: Number is not of expected type: int32"),
        ),
        (
            b'{"instances": [1]}',
            400,
            error(
                "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: JSON "
                "Value: 1 Type: Number is not of expected type: string"
            ),
        ),
    ],
)
def test_bodies(predict, body, status, expected):
    answer = predict(content=body)
    assert answer.status_code == status
    # As text: NaN equals nothing.
    received, wanted = (json.dumps(x, sort_keys=True) for x in (answer.json(), expected))
    assert received == wanted


@pytest.mark.parametrize(
    ("method", "target", "status", "expected"),
    [
        # In any case, but for the name and the verb.
        ("POST", "/V1/Models/toy:predict", 200, UPPER),
        ("POST", "/v1/models/toy/VERSIONS/3:predict", 200, UPPER),
        ("GET", "/V1/MODELS/toy", 200, STATUS),
        ("POST", "/v1/models/Toy:predict", 404, "Servable not found for request: Latest(Toy)"),
        (
            "POST",
            "/v1/models/toy:PREDICT",
            400,
            "Malformed request: POST /v1/models/toy:PREDICT",
        ),
        ("GET", "/v1/models/toy/METADATA", 200, STATUS),
        # As they were sent; then the name is decoded.
        ("POST", "/v1/models/%74oy:predict", 200, UPPER),
        (
            "POST",
            "/v1/models/toy%3Apredict",
            400,
            "Malformed request: POST /v1/models/toy%3Apredict",
        ),
        ("POST", "/v1/models/a%2Fb:predict", 404, "Servable not found for request: Latest(a/b)"),
        ("GET", "/v1/models/%zz", 404, "Could not find any versions of model %zz"),
        ("GET", "/v1%2Fmodels", 404, "Not Found"),
        # The query belongs to the path.
        (
            "POST",
            "/v1/models/toy:predict?x=1",
            400,
            "Malformed request: POST /v1/models/toy:predict?x=1",
        ),
        ("GET", "/v1/models/toy?x=1", 404, "Could not find any versions of model toy?x=1"),
        (
            "GET",
            "/v1/models/toy/versions/3?x=1",
            400,
            "Malformed request: GET /v1/models/toy/versions/3?x=1",
        ),
        ("GET", "/v1/models", 400, "Missing model name in request."),
        ("GET", "/v1/models/versions/3", 400, "Missing model name in request."),
        ("GET", "/v1/models/labels/x/metadata", 400, "Missing model name in request."),
        ("GET", "/v1/models/metadata", 404, "Could not find any versions of model metadata"),
        ("GET", "/v1/models/", 400, "Malformed request: GET /v1/models/"),
        ("GET", "/v1/", 400, "Malformed request: GET /v1/"),
        ("GET", "/v1", 404, "Not Found"),
        (
            "GET",
            "/v1/models/toy/versions/9223372036854775808",
            400,
            "Failed to convert version: 9223372036854775808 to numeric.",
        ),
        ("PATCH", "/v1/models/toy", 400, "Malformed request: PATCH /v1/models/toy"),
        ("OPTIONS", "/v1/models/toy", 400, "Origin header is missing in CORS preflight"),
    ],
)
def test_paths(client, method, target, status, expected):
    answer = client.request(method, target, content=b'{"instances": ["a"]}')
    assert answer.status_code == status
    assert answer.json() == (error(expected) if isinstance(expected, str) else expected)


def test_options_of_the_own_page(client):
    answer = client.options("/v1/models/toy", headers={"Origin": "http://testserver"})
    assert (answer.status_code, answer.content) == (200, b"")
