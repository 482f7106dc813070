"""Argument checks; each message says what was expected and what was received."""

import numbers
from collections.abc import Collection, Mapping
from typing import Any, TypeGuard


def is_integer(value: object) -> TypeGuard[int]:
    """Returns whether a value is a Python or NumPy integer; booleans do not count."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def check_positive_integer(name: str, value: Any) -> None:
    """Checks that an argument is a positive integer.

    Raises:
        ValueError: If it is not; the message names the argument.
    """
    if not is_integer(value) or value < 1:
        raise ValueError(
            f"Argument `{name}` must be a positive integer. Received: {name}={value!r}"
        )


def check_sizes(sizes: Mapping[str, object]) -> None:
    """Checks that sizes are positive integers.

    Args:
        sizes: Maps the names of arguments to their values.

    Raises:
        ValueError: If one is not; the message names the argument.
    """
    for name, value in sizes.items():
        check_positive_integer(name, value)


def check_integer(name: str, value: Any, low: int, high: int) -> None:
    """Checks that an argument is an integer within a range.

    Args:
        name: The name of the argument.
        value: The value of the argument.
        low: The smallest value allowed.
        high: The largest value allowed.

    Raises:
        ValueError: If it is not; the message names the argument and the range.
    """
    if not is_integer(value) or not low <= value <= high:
        raise ValueError(
            f"Argument `{name}` must be an integer from {low} to {high}. Received: {name}={value!r}"
        )


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Checks that an argument is one of the allowed names.

    Raises:
        ValueError: If it is not.
    """
    if value not in choices:
        raise ValueError(
            f"Argument `{name}` must be one of {sorted(choices)}. Received: {name}={value!r}"
        )
