"""Converts JSON values to arrays, by the rules of TF Serving's `json_tensor.cc`."""

import base64
import binascii
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
import tensorflow as tf

from seqzoo.serving.rest_errors import RestError, invalid, shown, type_name

_INTEGERS = {tf.int8, tf.uint8, tf.int16, tf.int32, tf.uint32, tf.int64, tf.uint64}
_DECIMALS = {tf.float32, tf.float64}
_PYTHON_TYPES: dict[tf.DType, set[type]] = {
    tf.string: {str, dict},
    tf.bool: {bool},
    **{dtype: {int} for dtype in _INTEGERS},
    **{dtype: {int, float} for dtype in _DECIMALS},
}
_JSON_TYPES = {
    type(None): "Null",
    dict: "Object",
    str: "String",
    int: "Number",
    float: "Number",
}


def is_base64(value: dict) -> bool:
    """Returns whether an object is Base64 text, `{"b64": "..."}`."""
    return value.keys() == {"b64"} and isinstance(value["b64"], str)


def shape_of(value: Any) -> list[int]:
    """Returns the shape of nested lists, read from the first element at each level."""
    shape: list[int] = []
    while isinstance(value, list):
        shape.append(len(value))
        if not value:
            break
        value = value[0]
    return shape


def leaves_of(value: Any, shape: Sequence[int], dtype: tf.DType) -> list:
    """Returns the values in nested lists of a shape, in order; text as bytes.

    Raises:
        RestError: If the lists have another shape, or a value does not fit the dtype.
    """
    leaves = [value]
    for level, size in enumerate(shape):
        for item in leaves:
            if not isinstance(item, list):
                raise invalid(
                    f"JSON Value: {shown(item)} found at incorrect level: {level + 1} in the JSON "
                    f"DOM. Expected at level: {len(shape)}"
                )
            if len(item) != size:
                raise invalid(
                    f"Encountered list at unexpected size: {len(item)} at level: {level} expected "
                    f"size: {size}"
                )
        leaves = list(chain.from_iterable(leaves))
    _check_types(leaves, len(shape), dtype)
    _check_values(leaves, dtype)
    return [_bytes(leaf) for leaf in leaves] if dtype == tf.string else leaves


def _check_types(leaves, rank, dtype):
    types = set(map(type, leaves))
    if list in types:
        raise invalid(f"Encountered list at unexpected level: {rank} expected < {rank}")
    if leaves and dtype not in _PYTHON_TYPES:
        raise RestError(
            501, f"Conversion of JSON Value: {shown(leaves[0])} to type: {type_name(dtype)}"
        )
    if wrong := types - _PYTHON_TYPES.get(dtype, set()):
        raise _type_error(next(leaf for leaf in leaves if type(leaf) in wrong), dtype)


def _check_values(leaves, dtype):
    if dtype in _INTEGERS:
        low, high = dtype.min, dtype.max
        for leaf in leaves:
            if not low <= leaf <= high:
                raise _type_error(leaf, dtype)


def _type_error(leaf, dtype):
    kind = str(leaf) if isinstance(leaf, bool) else _JSON_TYPES[type(leaf)]
    return invalid(
        f"JSON Value: {shown(leaf)} Type: {kind} is not of expected type: {type_name(dtype)}"
    )


def array_of(leaves: list, shape: Sequence[int], dtype: tf.DType) -> np.ndarray:
    """Returns an array of values; floats are rounded to the dtype, to infinity if too large.

    Raises:
        RestError: If the array would have more dimensions than NumPy supports.
    """
    try:
        if dtype not in _DECIMALS:
            return np.array(leaves, dtype.as_numpy_dtype).reshape(shape)
        with np.errstate(over="ignore"):
            # Integers are converted to doubles first too, as in RapidJSON.
            return np.array(leaves, np.float64).astype(dtype.as_numpy_dtype).reshape(shape)
    except ValueError as error:
        raise invalid(f"A tensor of {len(shape)} dimensions has too many.") from error


def _bytes(leaf):
    if isinstance(leaf, str):
        try:
            return leaf.encode()
        except UnicodeEncodeError as error:
            message = "JSON Parse error: The surrogate pair in string is invalid."
            raise invalid(message) from error
    if not is_base64(leaf):
        raise invalid(f"JSON Value: {shown(leaf)} not formatted correctly for base64 data")
    # Like `absl::Base64Unescape`, this ignores spaces and allows missing padding.
    text = "".join(leaf["b64"].split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Unable to base64 decode") from error
