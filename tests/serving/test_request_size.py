"""How much a request asks, and what becomes of too much."""

import base64
import io
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from starlette.testclient import TestClient

from seqzoo.serving import Limits, create_app
from seqzoo.serving.picture_size import pixels_of
from seqzoo.serving.request_size import check_request_size
from seqzoo.serving.rest_errors import RestError
from tests.serving.test_limits import wait_for

URL = "/v1/models/toy:predict"


def encoded(width, height, kind, **options):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(file, kind, **options)
    return file.getvalue()


def exif(size):
    value = Image.Exif()
    value[270] = "x" * size
    return value


JPEG, PNG = encoded(7, 5, "JPEG"), encoded(7, 5, "PNG")


@pytest.mark.parametrize(
    ("picture", "pixels"),
    [
        (encoded(7, 5, "PNG"), 35),
        (encoded(7, 5, "JPEG"), 35),
        (encoded(300, 200, "JPEG", progressive=True, exif=exif(5000)), 60000),
        (b"\xff\xd8" + b"\xff" * 9 + encoded(7, 5, "JPEG")[3:], 35),
        (b"\xff\xd8\xff", 0),
        (b"\x89PNG\r\n\x1a\n", 0),
        (b"\xff\xd8" + b"\xff" * 2**22, 0),
        (b"\xff\xd8" + b"\xff\xe0\0\0" * 2**20, 0),
        # Stray bytes and markers without a length, which libjpeg skips, and many segments.
        (JPEG[:2] + b"\xff\x01" + JPEG[2:], 35),
        (JPEG[:2] + b"\xff\xd0\xff\xff\xd7" + JPEG[2:], 35),
        (JPEG[:20] + b"\x124V" + JPEG[20:], 35),
        (JPEG[:20] + b"\xff\0\xff\xff\0" + JPEG[20:], 35),
        (JPEG[:2] + b"\xff\xfe\0\2" * 1001 + JPEG[2:], 35),
        (JPEG[:2] + b"\xff\xfe\0\1" + JPEG[2:], 35),
        # A private chunk, which libpng reads before the header.
        (PNG[:8] + b"\0\0\0\3prVtabc\0\0\0\0" + PNG[8:], 35),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 2**20, 0),
        # What comes after the start of the scan, or the end, is no header.
        (b"\xff\xd8\xff\xda\0\2" + JPEG[2:], 0),
        (b"\xff\xd8\xff\xd9" + JPEG[2:], 0),
    ],
)
def test_pixels(picture, pixels):
    start = time.monotonic()
    assert pixels_of(picture) == pixels
    assert time.monotonic() - start < 2
    if pixels == 35:
        assert tf.io.decode_image(picture).shape == [5, 7, 3]


@pytest.mark.parametrize("picture", [b"\xff\xd8\xff", b"\xff\xd8" + b"\xff\xfe\0\2" * 100])
def test_many_pictures_without_a_size_are_refused_at_once(picture):
    start = time.monotonic()
    with pytest.raises(
        RestError, match=r"A picture \(JPEG or PNG\) does not say its size"
    ) as caught:
        check_request_size({"images": np.array([picture] * 30_000, object)}, Limits())
    assert caught.value.status == 400
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("picture", [b"\x89PNG\r\n\x1a\n" + b"\0" * 16, PNG[:8] + b"\0" * 9])
def test_a_text_with_the_first_bytes_of_a_picture(picture):
    with pytest.raises(RestError, match="does not say its size"):
        check_request_size({"text": np.array([picture + b"a" * 10**6], object)}, Limits())


@pytest.mark.parametrize("picture", [JPEG, PNG])
def test_text_behind_a_small_picture_counts(picture):
    text = np.array([picture + b"a" * 1000], object)
    tokens = len(text[0]) - 8 * 35
    check_request_size({"text": text}, Limits(tokens=tokens))
    with pytest.raises(RestError, match=f"has {tokens} tokens"):
        check_request_size({"text": text}, Limits(tokens=tokens - 1))


@pytest.fixture
def ask(models):
    """Asks a server with limits of its own."""

    def ask(signature, inputs, **limits):
        client = TestClient(create_app(models, Limits(**limits)))
        return client.post(URL, json={"signature_name": signature, "inputs": inputs})

    return ask


def test_the_pixels_of_all_pictures_together(ask):
    pictures = [encoded(10, 10, "PNG"), encoded(20, 10, "JPEG"), b"no picture"]
    inputs = [{"b64": base64.b64encode(picture).decode()} for picture in pictures]
    assert ask("image", inputs, pixels=300).status_code == 200
    answer = ask("image", inputs, pixels=299)
    assert answer.status_code == 413
    assert answer.json()["error"] == (
        "The pictures have 300 pixels, but at most 299 are allowed: send smaller or fewer pictures."
    )


@pytest.mark.parametrize(
    ("signature", "inputs", "tokens"),
    [
        ("text", ["héllo", ""], 6),
        ("strict", [1, 2, 3], 3),
        ("types", {"long": [1], "flag": [True], "double": [0.5], "small": [7]}, 2),
        ("uneven", [0.5], 0),
    ],
)
def test_tokens(ask, signature, inputs, tokens):
    assert ask(signature, inputs, tokens=tokens).status_code == 200
    if tokens:
        answer = ask(signature, inputs, tokens=tokens - 1)
        assert answer.status_code == 413
        assert (
            f"has {tokens} tokens (integers, bytes of text, and requested tokens)"
            in answer.json()["error"]
        )


@pytest.mark.parametrize(
    ("arrays", "tokens"),
    [
        ({"token_ids": [[5, 6], [7, 8]], "length": 100, "seed": 9999}, 4 + 2 * 100 + 1 + 1),
        ({"token_ids": [[]], "length": 7}, 7 + 1),
        ({"token_ids": [[5]], "length": -7}, 1 + 1),
        ({"text": [b"ab", b"c"], "length": 10}, 3 + 2 * 10 + 1),
        # Not a length to generate, but one for every row.
        ({"token_ids": [[5, 0]], "length": [1]}, 2 + 1),
    ],
)
def test_tokens_that_are_asked_for(arrays, tokens):
    arrays = {
        name: np.array(value, object if name == "text" else "int32")
        for name, value in arrays.items()
    }
    check_request_size(arrays, Limits(tokens=tokens))
    with pytest.raises(RestError, match=f"has {tokens} tokens"):
        check_request_size(arrays, Limits(tokens=tokens - 1))


def test_values_of_an_answer(ask):
    assert ask("uneven", [1, 2], values=7).status_code == 200
    answer = ask("uneven", [1, 2], values=6)
    assert answer.status_code == 413
    assert answer.json()["error"].startswith("The answer has 7 values, but at most 6 are allowed")


def test_a_request_within_the_defaults_is_answered(ask):
    assert ask("text", ["a" * 2**18]).status_code == 200
    assert ask("text", ["a" * (2**18 + 1)]).status_code == 413


MEMORY = """
import sys
import numpy as np
import tensorflow as tf
from seqzoo.serving.memory import bound_memory
from seqzoo.serving.model import ServedSignature
from seqzoo.serving.rest_errors import RestError

@tf.function(input_signature=[tf.TensorSpec([], tf.int32, name="n")])
def fill(n):
    return {"y": tf.reduce_sum(tf.random.uniform([n, 2**20]))}

signature = ServedSignature({"n": tf.TensorSpec([], tf.int32)}, "", fill.get_concrete_function())
signature.run({"n": np.int32(1)})
bound_memory(2**28)
signature.run({"n": np.int32(16)})
try:
    signature.run({"n": np.int32(1024)})
except RestError as error:
    print(error.status, error)
signature.run({"n": np.int32(16)})
print("It goes on.")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux has the bound.")
def test_a_computation_that_needs_too_much_memory_is_refused_and_the_server_goes_on():
    done = subprocess.run(
        [sys.executable, "-c", MEMORY], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("429 ")
    assert "OOM when allocating tensor with shape[1024,1048576]" in done.stdout
    assert done.stdout.endswith("It goes on.\n")


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells the memory.")
def test_computations_that_take_too_much_memory_together_are_cancelled(models):
    """Of an array that grows by rows, none is too large in itself."""
    with TestClient(create_app(models, Limits(memory_bytes=2**28, timeout=60))) as client:
        growing = client.post(URL, json={"signature_name": "growing", "inputs": 2.0**18})
        error = (
            "The running requests used more than 256 MiB of memory together: send smaller or fewer "
            "requests at once."
        )
        assert (growing.status_code, growing.json()) == (429, {"error": error})
        wait_for(lambda: client.app.state.predictions.pending == 0)
        assert client.post(URL, json={"instances": ["a"]}).status_code == 200
