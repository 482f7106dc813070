"""Lazy imports: names of a package whose modules are imported on first use."""

import ast
import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqzoo.core.extras import name_missing_packages


def lazy_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Builds a package's `__getattr__`, `__dir__` and `__all__` from its stub, `__init__.pyi`.

    The stub gives the module of each name, as `from package.module import Name as Name`. Type
    checkers and editors read it, and this function reads it to import the modules on first use.

    Args:
        package: The package's `__name__`.

    Returns:
        `__getattr__`, `__dir__` and `__all__`.
    """
    stub = Path(str(sys.modules[package].__file__)).with_suffix(".pyi")
    modules = {
        name.name: str(statement.module)
        for statement in ast.parse(stub.read_text("utf-8")).body
        if isinstance(statement, ast.ImportFrom)
        for name in statement.names
    }

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with name_missing_packages():
            return getattr(importlib.import_module(modules[name]), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return get, names, sorted(modules)


def load_place(place: str) -> Any:
    """Imports and returns the object at `"module:name"`.

    Raises:
        MissingPackageError: If the module needs a package that is not installed.
    """
    module, _, name = place.partition(":")
    with name_missing_packages():
        return getattr(importlib.import_module(module), name)
