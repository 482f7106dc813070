"""The examples in the docstrings of the layers run, and print what they say."""

import doctest
import importlib
import pkgutil

import pytest

from seqzoo import layers

MODULES = [f"{layers.__name__}.{module.name}" for module in pkgutil.iter_modules(layers.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_every_layer_has_an_example():
    finder = doctest.DocTestFinder(recurse=False)
    for name in layers.__all__:
        # The cells and the bases have equations and arguments; the layers show their use.
        if not name.endswith("Cell") and name != "Recurrent":
            (test,) = finder.find(getattr(layers, name), name)
            assert test.examples, name
