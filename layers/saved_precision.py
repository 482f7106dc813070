"""The precision of the layers in a saved configuration, exchanged for another."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

_FLOATS = ("float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16")
# "Policy" is that of Keras 2.
_POLICIES = ("DTypePolicy", "DTypePolicyMap", "Policy")


def with_precision(config: Any, policy: keras.DTypePolicy) -> Any:
    """A configuration of a model in which every layer of floats has another precision.

    Args:
        config: A configuration of Keras, as JSON.
        policy: The `keras.DTypePolicy`. Inputs and operations take its compute type.

    Returns:
        The new configuration. Types of integers and text stay, and so do layers that Keras has
        quantized.
    """
    if isinstance(config, list):
        return [with_precision(part, policy) for part in config]
    if not isinstance(config, dict):
        return config
    return {
        name: _exchanged(value, policy, _holds_plain_type(config))
        if name == "config" and isinstance(value, dict)
        else with_precision(value, policy)
        for name, value in config.items()
    }


@contextlib.contextmanager
def default_precision(policy: keras.DTypePolicy | None) -> Iterator[None]:
    """Inside it, layers that say no precision have that of the policy; with `None`, as ever."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(before if policy is None else policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _holds_plain_type(config):
    """Whether `dtype` is that of a tensor, not a policy: of an input, or an operation as a cast."""
    module = config.get("module") or ""
    return config.get("class_name") == "InputLayer" or ".ops" in module


def _exchanged(arguments, policy, is_plain):
    """The arguments of a layer with another `dtype`, and so those of the layers inside it."""
    arguments = {
        name: value if name == "dtype" else with_precision(value, policy)
        for name, value in arguments.items()
    }
    dtype = arguments.get("dtype")
    if isinstance(dtype, str) and dtype in _FLOATS:
        arguments["dtype"] = policy.compute_dtype if is_plain else policy.name
    elif isinstance(dtype, dict) and dtype.get("class_name") in _POLICIES:
        arguments["dtype"] = keras.dtype_policies.serialize(policy)
    return arguments
