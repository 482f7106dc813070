"""The small models of the zoo."""

import functools

import keras
import pytest


@pytest.fixture
def untrained(case):
    """A model that several tests share. Not to be changed."""
    return _untrained(case)


@functools.cache
def _untrained(case):
    keras.utils.set_random_seed(3)
    return case.make()
