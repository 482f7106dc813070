"""Converts requests of TF Serving's REST API to arrays.

Where the documentation (https://www.tensorflow.org/tfx/serving/api_rest) is silent, rules and
messages are those of `tensorflow_serving/util/json_tensor.cc`. docs/serving.md lists the
differences, including those of `json_document`.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from seqzoo.serving.json_values import array_of, is_base64, leaves_of, shape_of
from seqzoo.serving.rest_errors import RestError, invalid, shortened, shown

DEFAULT_SIGNATURE = "serving_default"


class Inputs(NamedTuple):
    """The inputs in a request.

    Attributes:
        arrays: An array for every input.
        in_rows: Whether they were sent as `instances`, so that the answer must be `predictions`.
    """

    arrays: dict[str, np.ndarray]
    in_rows: bool


def signature_name(document: dict) -> str:
    """Returns the name of the signature in a request."""
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid(
            f"JSON Value: {shown(document)} not formatted correctly. 'signature_name' key must be "
            "a string value."
        )
    return name or DEFAULT_SIGNATURE


def parse_inputs(document: dict, signature: str, specs: Mapping[str, tf.TensorSpec]) -> Inputs:
    """Converts the inputs in a predict request to arrays.

    Args:
        document: The request: `instances`, a list with a value, or an object of named values, for
            every example; or `inputs`, a value, or an object of named values. Unknown names in the
            object of `inputs` are ignored, as in TF Serving.
        signature: The name of the signature.
        specs: The dtype and shape of every input.

    Raises:
        RestError: If the inputs do not match the signature.
    """
    if not specs:
        raise invalid(f"Failed to get input map for signature: {signature}")
    in_rows = "instances" in document
    if in_rows and "inputs" in document:
        raise invalid(
            f"JSON Value: {shown(document)} Not formatted correctly expecting only one of 'inputs' "
            "or 'instances' keys to exist "
        )
    if in_rows:
        arrays = _from_instances(document["instances"], document, specs)
    elif "inputs" in document:
        arrays = _from_inputs(document["inputs"], specs)
    else:
        raise invalid("Missing 'inputs' or 'instances' key")
    for name, spec in specs.items():
        if not spec.shape.is_compatible_with(arrays[name].shape):
            raise invalid(
                f"Input {name!r} of signature {signature!r} must be of shape {spec.shape}. "
                f"Received: {arrays[name].shape}"
            )
    return Inputs(arrays, in_rows)


def _from_instances(instances, document, specs):
    if not isinstance(instances, list):
        raise invalid(f"JSON Value: {shown(document)} Excepting 'instances' to be an list/array")
    if not instances:
        raise invalid(f"JSON Value: {shown(document)} No values in 'instances' array")
    are_named = _is_named(instances[0])
    if len(specs) > 1 and not are_named:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors "
            "required as per tensorinfo_map"
        )
    columns = {name: _Column(spec.dtype) for name, spec in specs.items()}
    for index, element in enumerate(instances):
        if are_named:
            _add_named(element, index, columns)
        else:
            _add_unnamed(element, index, *columns.values())
    return {name: column.array() for name, column in columns.items()}


def _add_named(element, index, columns):
    if not _is_named(element):
        raise invalid(f"Expecting object but got list at item {index} of input list")
    for name, value in element.items():
        try:
            if name not in columns:
                raise invalid(f"JSON object: does not have named input: {shortened(name)}")
            columns[name].append(value)
        except RestError as error:
            raise invalid(
                f"Failed to process element: {index} key: {shortened(name)} of 'instances' list. "
                f"Error: INVALID_ARGUMENT: {error}"
            ) from error
    if element.keys() != columns.keys():
        raise invalid(
            f"Failed to process element: {index} of 'instances' list. JSON object: "
            f"{shown(element)} keys must be equal to: {','.join(sorted(columns))}"
        )


def _add_unnamed(element, index, column):
    if _is_named(element):
        raise invalid(f"Expecting value/list but got object at item {index} of input list")
    try:
        column.append(element)
    except RestError as error:
        raise invalid(
            f"Failed to process element: {index} of 'instances' list. Error: INVALID_ARGUMENT: "
            f"{error}"
        ) from error


def _from_inputs(value, specs):
    if not _is_named(value):
        if len(specs) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors "
                "required as per tensorinfo_map"
            )
        value = dict.fromkeys(specs, value)
    arrays = {}
    for name, spec in specs.items():
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
        shape = shape_of(value[name])
        arrays[name] = array_of(leaves_of(value[name], shape, spec.dtype), shape, spec.dtype)
    return arrays


class _Column:
    """The values of one input, one for every example, all of the same shape."""

    def __init__(self, dtype: tf.DType) -> None:
        self._dtype = dtype
        self._shape: list[int] = []
        self._leaves: list[Any] = []
        self._count = 0

    def append(self, value: object) -> None:
        shape = shape_of(value)
        leaves = leaves_of(value, shape, self._dtype)
        if not self._count:
            self._shape = shape
        elif math.prod(shape) != math.prod(self._shape):
            raise invalid(
                f"Expecting tensor size: {math.prod(self._shape)} but got: {math.prod(shape)}"
            )
        elif shape != self._shape:
            raise invalid(f"Expecting shape {_text(self._shape)} but got: {_text(shape)}")
        self._leaves += leaves
        self._count += 1

    def array(self) -> np.ndarray:
        return array_of(self._leaves, [self._count, *self._shape], self._dtype)


def _text(shape):
    return f"[{','.join(map(str, shape))}]"


def _is_named(value):
    """Returns whether a value is an object of named values, and not Base64 text."""
    return isinstance(value, dict) and not is_base64(value)
