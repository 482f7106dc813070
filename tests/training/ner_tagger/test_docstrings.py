"""The examples in the docstrings run, and print what they say."""

import doctest

import pytest

from seqzoo.training.ner_tagger import outcomes, scoring, spans


@pytest.mark.parametrize("module", [outcomes, scoring, spans])
def test_examples(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
