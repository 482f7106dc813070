"""Names of a package that are loaded when they are first used."""

import importlib
from collections.abc import Callable, Mapping


def lazy_names(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """A module's `__getattr__` that finds each name in the module given for it.

    Args:
        package: The package's `__name__`.
        modules: For every name the module below the package that defines it.
    """

    def get(name: str):
        if name in modules:
            return getattr(importlib.import_module(f"{package}.{modules[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get
