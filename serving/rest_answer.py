"""Converts arrays to answers of TF Serving's REST API.

Format and messages are those of `tensorflow_serving/util/json_tensor.cc`; only white space differs.
"""

import base64
import json
import math
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from seqzoo.serving.limits import Limits
from seqzoo.serving.rest_errors import RestError, invalid, type_name

_INTEGERS = "iu"
# The digits that distinguish all numbers of a dtype: max_digits10 of C++.
_DIGITS = {tf.float32: 9, tf.float64: 17}


def check_answer_size(outputs: Mapping[str, np.ndarray], limits: Limits) -> None:
    """Refuses an answer with too many values.

    Raises:
        RestError: If the limit is exceeded.
    """
    values = sum(output.size for output in outputs.values())
    if values > limits.values:
        raise RestError(
            413,
            f"The answer has {values} values, but at most {limits.values} are allowed: request "
            "less at once.",
        )


def predictions_json(outputs: Mapping[str, np.ndarray]) -> bytes:
    """Returns the answer to `instances`: for every example a value, or an object of named values.

    Args:
        outputs: The outputs by name, all with the number of examples as first dimension.

    Raises:
        RestError: If the first dimensions differ.
    """
    _check_rows(outputs)
    columns = {name: _items(name, outputs[name]) for name in sorted(outputs)}
    if len(columns) == 1:
        (rows,) = columns.values()
    else:
        rows = [
            _object(dict(zip(columns, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        ]
    return _encoded({"predictions": _list(rows)})


def outputs_json(outputs: Mapping[str, np.ndarray]) -> bytes:
    """Returns the answer to `inputs`: the only output, or an object of named outputs."""
    values = {}
    for name in sorted(outputs):
        items = _items(name, outputs[name])
        values[name] = _list(items) if outputs[name].ndim else items[0]
    if len(values) == 1:
        (value,) = values.values()
    else:
        value = _object(values)
    return _encoded({"outputs": value})


def _check_rows(outputs):
    expected = None
    for name in sorted(outputs):
        shape = outputs[name].shape
        if not shape:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if expected is not None and shape[0] != expected:
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: {shape[0]} expecting: {expected}"
            )
        expected = shape[0]


def _items(name, array):
    """Returns the JSON of each item along the first axis; for a scalar, of its value."""
    items = _leaves(name, array)
    for axis in range(array.ndim - 1, 0, -1):
        size = array.shape[axis]
        lists = math.prod(array.shape[:axis])
        items = [_list(items[i * size : (i + 1) * size]) for i in range(lists)]
    return items


def _leaves(name, array):
    dtype, values = tf.as_dtype(array.dtype), array.ravel().tolist()
    if dtype == tf.string:
        return [_bytes(value) if name.endswith("_bytes") else _string(value) for value in values]
    if dtype in _DIGITS:
        return _decimals(values, array.dtype, _DIGITS[dtype])
    if dtype == tf.bool:
        return ["true" if value else "false" for value in values]
    if array.dtype.kind in _INTEGERS:
        return [str(value) for value in values]
    raise invalid(f"Failed to write JSON value for tensor type: {type_name(dtype)}")


def _decimals(values, dtype, digits):
    """Formats floats like `WriteDecimal`: with six digits if they are exact, else with all."""
    short = [f"{value:.6g}" for value in values]
    read = np.array(short, "float64").astype(dtype).tolist()
    return [
        _decimal(value, text if value == same else f"{value:.{digits}g}")
        for value, text, same in zip(values, short, read, strict=True)
    ]


def _decimal(value, text):
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return text if "." in text or "e" in text else f"{text}.0"


def _bytes(value):
    return _object({"b64": json.dumps(base64.b64encode(value).decode())})


def _string(value):
    # Like TF Serving, this writes invalid UTF-8 unchanged, which few JSON parsers accept: the name
    # of such an output has to end in `_bytes`.
    return json.dumps(value.decode(errors="surrogateescape"), ensure_ascii=False)


def _list(items):
    return f"[{', '.join(items)}]"


def _object(items):
    return "{" + ", ".join(f"{json.dumps(name)}: {item}" for name, item in items.items()) + "}"


def _encoded(items):
    return _object(items).encode(errors="surrogateescape")
