"""Changes the dtype policy of the layers in a saved configuration."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

_FLOATS = ("float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16")
# "Policy" is the name in Keras 2.
_POLICIES = ("DTypePolicy", "DTypePolicyMap", "Policy")


def with_precision(config: Any, policy: keras.DTypePolicy) -> Any:
    """Returns the configuration of a model with another dtype policy in every float layer.

    Args:
        config: A Keras configuration, as JSON.
        policy: The new `keras.DTypePolicy`. Inputs and operations get its compute dtype.

    Returns:
        The new configuration. Integer and string dtypes, and layers quantized by Keras, are
        unchanged.
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
    """Sets the default dtype policy inside the context; `None` leaves it unchanged."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(before if policy is None else policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _holds_plain_type(config):
    """Returns whether `dtype` is a plain dtype, as in an input or a cast, and not a policy."""
    module = config.get("module") or ""
    return config.get("class_name") == "InputLayer" or ".ops" in module


def _exchanged(arguments, policy, is_plain):
    """Replaces `dtype` in the arguments of a layer and of the layers inside it."""
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
