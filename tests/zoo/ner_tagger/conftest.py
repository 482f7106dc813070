"""A small tagger that has learnt its sentences."""

import keras
import pytest

from tests.contracts.model_cases import TAGGED_SENTENCES, small_tagger


@pytest.fixture(scope="package")
def tagger():
    """A tagger that finds the entities of `TAGGED_SENTENCES`. Not to be changed.

    Its passages are short, so that a text of several sentences has several.
    """
    keras.utils.set_random_seed(4)
    tagger = small_tagger(dropout=0.0, word_dropout=0.0, passage_words=8)
    tagger.compile(keras.optimizers.Adam(0.03))
    tagger.fit(*TAGGED_SENTENCES, epochs=60, verbose=0)
    return tagger
