"""What the names that users import tell a type checker."""

import importlib
import inspect

import pytest

ROOMS = (
    "seqzoo.layers",
    "seqzoo.zoo",
    "seqzoo.training",
    "seqzoo.export",
    "seqzoo.serving",
)


def functions(name, thing):
    """The functions that a public name stands for, by name: itself, or a class's public ones."""
    if inspect.isclass(thing):
        if "__signature__" in dir(thing):
            yield name, thing
        for base in thing.__mro__:
            if base.__module__.startswith("seqzoo."):
                yield from methods(base)
    elif callable(thing):
        yield name, thing


def methods(of):
    for name, method in vars(of).items():
        function = getattr(method, "__func__", getattr(method, "fget", method))
        is_public = name in ("__init__", "__call__") or not name.startswith("_")
        if is_public and inspect.isfunction(function):
            yield f"{of.__qualname__}.{name}", function


def unannotated(function):
    """The parameters without a type, and "return"; `*args` and `**kwargs` may go without."""
    signature = inspect.signature(function)
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for parameter in signature.parameters.values():
        is_free = parameter.kind in free or parameter.name in ("self", "cls")
        if not is_free and parameter.annotation is parameter.empty:
            yield parameter.name
    if not inspect.isclass(function) and signature.return_annotation is signature.empty:
        yield "return"


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_are_annotated(room):
    module = importlib.import_module(room)
    public = [item for name in module.__all__ for item in functions(name, getattr(module, name))]
    missing = {name: list(unannotated(function)) for name, function in public}
    assert {name: without for name, without in missing.items() if without} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_public_names_are_listed(room):
    module = importlib.import_module(room)
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        module.nothing  # noqa: B018
