import ast
import functools
import itertools
from pathlib import Path

import pytest

from seqzoo.core.keras_internals import replaced

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "layers", "zoo", "training", "export", "serving", "seqzoo/cli")
INTERNALS = ROOT / "core" / "keras_internals.py"
# What private names of Python's own are read by: named tuples, and a way to end a process.
PYTHON = {"_replace", "_asdict", "_fields", "_exit"}
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


@functools.cache
def product():
    files = itertools.chain.from_iterable((ROOT / room).rglob("*.py") for room in ROOMS)
    return [path for path in sorted(files) if path != INTERNALS]


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def is_private(name):
    return name.startswith("_") and not name.startswith("__") and name.isidentifier()


def defined(tree):
    """Names of classes, functions, arguments and variables, and attributes that are set."""
    for node in ast.walk(tree):
        if isinstance(node, DEFINITIONS):
            yield node.name
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            yield from [node.attr] if is_own else []


def named(tree):
    """Names as they are read, set, inherited, passed or looked up by a text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        if isinstance(node, DEFINITIONS):
            yield node.lineno, node.name
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def places(found):
    return [f"{path.relative_to(ROOT)}:{line} {name}" for path, line, name in found]


def test_no_other_file_imports_private_modules_of_keras():
    prefixes = ("keras.src", "keras_hub.src", "keras_nlp.src")
    found = [
        (path, line, name)
        for path in product()
        for line, name in imported(tree_of(path))
        if f"{name}.".startswith(tuple(f"{prefix}." for prefix in prefixes))
    ]
    assert places(found) == []


def test_no_file_of_the_product_imports_what_is_for_tests():
    found = [
        (path, line, name)
        for path in (*product(), INTERNALS)
        for line, name in imported(tree_of(path))
        if name.split(".")[0] in ("unittest", "pytest", "mock")
    ]
    assert places(found) == []


def test_no_other_file_uses_a_private_name_that_seqzoo_does_not_define():
    own = PYTHON.union(*(defined(tree_of(path)) for path in product()))
    found = [
        (path, node.lineno, node.attr)
        for path in product()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in own
    ]
    assert places(found) == []


def test_no_other_file_names_what_the_internals_name():
    tree = tree_of(INTERNALS)
    private = {name for _, name in named(tree) if is_private(name)} - {*defined(tree)}
    private |= {"_keras_call_info_injected"}
    assert {"_flatten_layers", "_keras_mask", "_nodes_by_depth"} <= private
    found = [
        (path, line, name)
        for path in product()
        for line, name in named(tree_of(path))
        if name in private
    ]
    assert places(found) == []


class Base:
    def answer(self):
        return "base"

    @staticmethod
    def constant():
        return 1


class Derived(Base):
    pass


def test_replaces_an_attribute_while_the_context_lasts():
    with replaced(Base, "answer", lambda self: "other"):
        assert Base().answer() == Derived().answer() == "other"
    assert Base().answer() == "base"


def test_gives_an_inherited_attribute_back_to_the_base():
    with replaced(Derived, "answer", lambda self: "other"):
        assert (Base().answer(), Derived().answer()) == ("base", "other")
    assert "answer" not in vars(Derived)
    assert Derived().answer() == "base"


def test_gives_back_a_static_method_as_one():
    with replaced(Base, "constant", staticmethod(lambda: 2)):
        assert Base().constant() == 2
    assert Base().constant() == 1


def test_gives_back_after_an_error():
    with pytest.raises(RuntimeError), replaced(Base, "answer", None):
        raise RuntimeError
    assert Base().answer() == "base"
