"""What the preprocessor of every model must do; as keras-hub's `run_preprocessor_test`."""

import numpy as np
import pytest

from tests.contracts.model_cases import each_model

pytestmark = each_model


@pytest.fixture
def preprocessor(untrained):
    return untrained.preprocessor


def assert_same_arrays(case, first, second):
    expected, answer = (case.arrays(each, *case.examples) for each in (first, second))
    assert answer.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(answer[name], expected[name], name)


def test_its_arrays_are_what_the_network_takes(case, untrained, preprocessor):
    arrays = case.arrays(preprocessor, *case.examples)
    assert arrays.keys() == untrained.backbone.input.keys()
    for name, taken in untrained.backbone.input.items():
        assert np.asarray(arrays[name]).dtype == taken.dtype
        sizes = zip(np.shape(arrays[name]), taken.shape, strict=True)
        assert all(fixed in (None, size) for size, fixed in sizes)


def test_the_preset_of_the_model_holds_it(case, untrained, preprocessor, tmp_path):
    untrained.save_to_preset(tmp_path / "preset")
    assert_same_arrays(case, preprocessor, type(preprocessor).from_preset(str(tmp_path / "preset")))


def test_tokens_and_ids_are_one_to_one(preprocessor):
    tokenizer = preprocessor.tokenizer
    vocabulary = tokenizer.get_vocabulary()
    assert len(vocabulary) == tokenizer.vocabulary_size() == len(set(vocabulary))
    for token_id, token in enumerate(vocabulary):
        assert tokenizer.id_to_token(token_id) == token
        assert tokenizer.token_to_id(token) == token_id
