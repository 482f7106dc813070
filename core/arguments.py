"""Checks of plain arguments; each message says what was expected and what was received."""

import numbers
from collections.abc import Collection, Mapping
from typing import Any, TypeGuard


def is_integer(value: object) -> TypeGuard[int]:
    """Whether a value is an integer, of Python or NumPy; a boolean, of either, is none."""
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
        sizes: The values by the names of their arguments.

    Raises:
        ValueError: If one is not.
    """
    for name, value in sizes.items():
        check_positive_integer(name, value)


def check_integer(name: str, value: Any, low: int, high: int) -> None:
    """Checks that an argument is an integer of a range.

    Args:
        name: Of the argument.
        value: Its value.
        low: The least that it may be.
        high: The most that it may be.

    Raises:
        ValueError: If it is not; the message names the argument and the range.
    """
    if not is_integer(value) or not low <= value <= high:
        raise ValueError(
            f"Argument `{name}` must be an integer from {low} to {high}. Received: {name}={value!r}"
        )


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Checks that an argument is one of some names.

    Raises:
        ValueError: If it is none of them.
    """
    if value not in choices:
        raise ValueError(
            f"Argument `{name}` must be one of {sorted(choices)}. Received: {name}={value!r}"
        )
