"""Example requests, generated from the dtypes and shapes of a signature."""

import base64
import functools
import math

import numpy as np
import tensorflow as tf

from seqzoo.core.limits import DEFAULT_BEAM_WIDTH
from seqzoo.serving.model import ServedModel
from seqzoo.serving.rest_request import DEFAULT_SIGNATURE
from seqzoo.serving.scores.composers import composes

_TEXT = "Lucas Ferreira é professor de IA na Universidade de Brasília."
# An empty text selects the first language of the model.
_LANGUAGE = ""
_PICTURE_SIZE = 64
_FIRST_AXIS, _OTHER_AXES = 1, 3
# For signatures that compose: no prompt, and enough events to listen to.
_COMPOSING = {"token_ids": [[]], "length": 512, "temperature": 1.0}


def example_request(model: ServedModel, signature: str) -> dict:
    """Returns a predict request of valid dtypes and shapes; the values may still be meaningless.

    Args:
        model: The model.
        signature: The name of one of its signatures.

    Returns:
        The JSON of the request, in column format.
    """
    inputs = model.signatures[signature].inputs
    known = _COMPOSING if composes(model, signature) else {}
    return {
        "signature_name": signature,
        "inputs": {
            name: known[name] if name in known else _example(name, spec)
            for name, spec in inputs.items()
        },
    }


def ordered_signatures(model: ServedModel) -> list[str]:
    """Returns the names of the signatures, the default first if there is one."""
    return sorted(model.signatures, key=lambda name: (name != DEFAULT_SIGNATURE, name))


def _example(name, spec):
    shape = _sizes(spec.shape)
    values = [_value(name, spec.dtype, index) for index in range(math.prod(shape))]
    return np.array(values, object).reshape(shape).tolist()


def _sizes(shape):
    """Returns sizes for all axes, including dynamic ones; one axis if the rank is unknown."""
    free = [_FIRST_AXIS, *[_OTHER_AXES] * (shape.rank or 0)]
    sizes = [None] if shape.rank is None else shape.as_list()
    return [default if size is None else size for size, default in zip(sizes, free, strict=False)]


def _value(name, dtype, index):
    if dtype == tf.string:
        return _string(name)
    if name == "beam_width":
        return DEFAULT_BEAM_WIDTH
    if dtype == tf.bool:
        return index % 2 == 0
    return index % 3 + 1 if dtype.is_integer else (index % 3 + 1) / 4


def _string(name):
    if name == "images":
        return {"b64": _base64(_picture())}
    if name == "language":
        return _LANGUAGE
    return {"b64": _base64(_TEXT.encode())} if name.endswith("_bytes") else _TEXT


@functools.cache
def _picture():
    """Returns a red disc on white as PNG."""
    y, x = np.indices([_PICTURE_SIZE, _PICTURE_SIZE]) - (_PICTURE_SIZE - 1) / 2
    is_inside = np.hypot(x, y) < _PICTURE_SIZE / 4
    pixels = np.where(is_inside[..., None], (220, 40, 40), 255)
    return tf.io.encode_png(pixels.astype("uint8")).numpy()


def _base64(contents):
    return base64.b64encode(contents).decode()
