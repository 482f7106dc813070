"""The examples in the docstrings run, and print what they say."""

import doctest

from seqzoo.zoo.note_generator.events import names as event_names


def test_examples():
    results = doctest.testmod(event_names)
    assert results.attempted > 0
    assert results.failed == 0
