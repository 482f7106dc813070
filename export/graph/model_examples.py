"""Example inputs on which a Keras model and its exports are compared."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from seqzoo.export.errors import ExportError, reason_of
from seqzoo.export.graph.random_inputs import RandomInputs

Example: TypeAlias = Mapping[str, ArrayLike] | ArrayLike
Examples: TypeAlias = Iterable[Example] | Example
"""One or several examples; each is a dictionary of arrays, a list of arrays, or an array."""

_LONG = 70
"""The length of the longest example, in time steps: more than two blocks of TFLite's loop."""

_LENGTHS = ([20], [7, 31, 1], [1], [_LONG])
"""Lengths of the sequences of each example: one, several different ones, one step, and long."""

_NEXT = 64
_POWERS = [2**n for n in range(7, 16)]


def built_in_examples(
    model: keras.Model, specs: Mapping[str, tf.TensorSpec], run: Callable
) -> list[dict[str, np.ndarray]]:
    """Creates random examples of the lengths above, or of the next lengths that the model accepts.

    Args:
        model: The model.
        specs: The inputs of the model, in its order.
        run: A function that runs the model, called with its inputs by name.

    Raises:
        ExportError: If the model accepts none.
    """
    random, examples = RandomInputs(model), {}
    for lengths in _LENGTHS:
        for longest in _longer(max(lengths), specs):
            refusal = _shape_refusal(model, longest)
            if refusal is None:
                longer = [longest if n == max(lengths) else n for n in lengths]
                example = {name: random.values(spec, longer) for name, spec in specs.items()}
                refusal = _refusal(run, **example)
            if refusal is None:
                examples[tuple(longer)] = example
                break
    if not examples:
        raise ExportError(
            "No built-in example fits the model: pass examples=, a list of inputs that it accepts. "
            f"Keras says: {refusal}"
        )
    return list(examples.values())


def _longer(length, specs):
    """Returns lengths to try: the next ones, for a minimum or a multiple, then much longer ones."""
    if not any(None in spec.shape[1:].as_list() for spec in specs.values()):
        return [length]
    return [*range(length, length + _NEXT), *(n for n in _POWERS if n >= length + _NEXT)]


def _shape_refusal(model, length):
    """Returns why the layers cannot take inputs of a length, judging only by shapes, or `None`."""
    inputs = [
        keras.KerasTensor((each.shape[0], *(n or length for n in each.shape[1:])), each.dtype)
        for each in model.inputs
    ]
    return _refusal(model.compute_output_spec, keras.tree.pack_sequence_as(model.input, inputs))


def _refusal(function, /, *args, **kwargs):
    """Returns the error message of a function for its arguments; `None` if it runs."""
    try:
        function(*args, **kwargs)
    # A custom layer can raise anything.
    except Exception as error:
        return reason_of(error)
    return None


def given_examples(
    examples: Examples,
    specs: Mapping[str, tf.TensorSpec],
    names: Mapping[str, str],
    run: Callable[..., Any],
) -> list[dict[str, np.ndarray]]:
    """Converts the user's examples to dictionaries of arrays of the correct dtypes.

    Args:
        examples: A list of examples, or one. Each is a dictionary by the names of the inputs, in
            the signature or in the model; a list of arrays in the model's order; or the array of
            the only input.
        specs: The inputs, in the model's order.
        names: Maps the input names of the model to those of the signature.
        run: A function that runs the model, called with its inputs by name.

    Raises:
        ExportError: If the model cannot run an example; the message gives its number.
    """
    checked = inputs_by_name("examples", examples, specs, names)
    for n, arrays in enumerate(checked):
        if refusal := _refusal(run, **arrays):
            raise ExportError(f"The model cannot run examples[{n}]: {refusal}")
    return checked


def inputs_by_name(
    what: str, inputs: Examples, specs: Mapping[str, tf.TensorSpec], names: Mapping[str, str]
) -> list[dict[str, np.ndarray]]:
    """Converts the user's inputs to dictionaries of arrays of the correct dtypes.

    Args:
        what: The name of the argument, for messages.
        inputs: As `examples` of `given_examples`.
        specs: See `given_examples`.
        names: See `given_examples`.

    Raises:
        ExportError: If there are none, or one does not fit the model; the message gives its number.
    """
    listed = _listed(inputs, len(specs))
    if not listed:
        raise ExportError(f"{what} is empty: give at least one input of the model.")
    checked = []
    for n, each in enumerate(listed):
        arrays = _by_name(f"{what}[{n}]", each, specs, names)
        checked.append(
            {name: _array(f"{what}[{n}]", name, arrays[name], specs[name]) for name in specs}
        )
    return checked


def _listed(examples, inputs):
    """Returns a list of examples; a single one is a dictionary, an array, or a list of arrays."""
    if isinstance(examples, Mapping) or _is_array(examples) or not isinstance(examples, Iterable):
        return [examples]
    examples = list(examples)
    is_one = inputs > 1 and len(examples) == inputs and all(map(_is_array, examples))
    return [examples] if is_one else examples


def _is_array(value):
    return isinstance(value, np.ndarray) or tf.is_tensor(value)


def _by_name(what, example, specs, names):
    if isinstance(example, Mapping):
        example = {key if key in specs else names.get(key, key): a for key, a in example.items()}
    elif isinstance(example, (list, tuple)) and all(map(_is_array, example)):
        if len(example) != len(specs):
            raise ExportError(
                f"{what} must have an array for each of the inputs {list(specs)}, but has "
                f"{len(example)} arrays."
            )
        example = dict(zip(specs, example, strict=True))
    else:
        example = {next(iter(specs)): example}
    if example.keys() != specs.keys():
        raise ExportError(
            f"{what} must have an array for each of the inputs {sorted(specs)}, but has "
            f"{sorted(map(str, example))}."
        )
    return example


def _array(what, name, value, spec):
    array, dtype = None, spec.dtype.as_numpy_dtype
    with contextlib.suppress(ValueError, TypeError):
        array = np.asarray(value)
    if array is None or not _is_of(array, spec.dtype):
        kind = "not an array" if array is None else array.dtype
        raise ExportError(f"Input {name!r} of {what} must be {spec.dtype.name}, but is {kind}.")
    if not spec.shape.is_compatible_with(array.shape) or not array.size:
        raise ExportError(
            f"Input {name!r} of {what} must be of shape {spec.shape}, but is of shape "
            f"{array.shape}."
        )
    return array.astype(dtype)


def _is_of(array, dtype):
    if dtype == tf.string:
        return array.dtype.kind in "SUO"
    return np.can_cast(array.dtype, dtype.as_numpy_dtype, "same_kind")
