"""The examples in the docstrings run, and print what they say."""

import doctest

import pytest

from seqzoo.training.data.images.scenes import english, held_out, portuguese, scene_captions


@pytest.mark.parametrize("module", [english, portuguese, scene_captions, held_out])
def test_examples(module):
    results = doctest.testmod(module)
    assert results.attempted > 0
    assert results.failed == 0
