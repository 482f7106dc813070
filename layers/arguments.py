"""Checks of what layers are given."""

import numbers


def check_positive_integer(name, value):
    """Raises a `ValueError` that names the argument unless it is a positive integer."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < 1:
        raise ValueError(f"Argument `{name}` must be a positive integer. Received: {name}={value}")
