"""Arguments of networks, checked."""

from collections.abc import Collection, Mapping


def check_sizes(sizes: Mapping[str, object]) -> None:
    """Checks that sizes are positive integers.

    Args:
        sizes: The values by the names of their arguments.

    Raises:
        ValueError: If one is not.
    """
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(
                f"Argument `{name}` must be a positive integer. Received: {name}={value!r}"
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
