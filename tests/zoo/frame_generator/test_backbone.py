import keras
import numpy as np
import pytest

from seqzoo.zoo import FrameGenerator
from seqzoo.zoo.base.recurrent_stack import RECURRENT_LAYERS
from tests.contracts.model_cases import random_rolls

KEYS = 5


@pytest.fixture(scope="module", params=sorted(RECURRENT_LAYERS))
def task(request):
    keras.utils.set_random_seed(7)
    return FrameGenerator.from_examples(
        embedding_dim=4, units=6, num_layers=2, cell=request.param, dropout=0.3, keys=KEYS
    )


@pytest.fixture(scope="module")
def token_ids(task):
    (ids,) = task.preprocessor.token_ids(random_rolls([9], KEYS))
    return ids[None]


@pytest.mark.representative("gru", "simple_rnn")
def test_token_by_token_and_in_one_go_and_as_it_is_trained(task, token_ids):
    backbone, present = task.backbone, np.ones(token_ids.shape, bool)
    trained = backbone({"token_ids": token_ids, "padding_mask": present})
    whole, last = backbone.run(token_ids, present, backbone.initial_states(1))
    np.testing.assert_allclose(whole, trained, atol=1e-6)
    states = backbone.initial_states(1)
    for index, expected in enumerate(np.asarray(whole)[0]):
        outputs, states = backbone.step(token_ids[:, index], states)
        np.testing.assert_allclose(outputs[0], expected, atol=1e-6)
    np.testing.assert_allclose(states, last, atol=1e-6)


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_sequence_that_is_cut_anywhere_goes_on(task, token_ids, cut):
    backbone, present = task.backbone, np.ones(token_ids.shape, bool)
    whole, _ = backbone.run(token_ids, present, backbone.initial_states(1))
    _, states = backbone.run(token_ids[:, :cut], present[:, :cut], backbone.initial_states(1))
    rest, _ = backbone.run(token_ids[:, cut:], present[:, cut:], states)
    np.testing.assert_allclose(rest, whole[:, cut:], atol=1e-6)


def test_a_gradient_reaches_every_weight(task):
    rolls = random_rolls([6, 4], KEYS)
    x, y, weight = task.preprocessor(task.preprocessor.raw(rolls))
    before = [np.asarray(w) + 0 for w in task.trainable_weights]
    task.compile(optimizer=keras.optimizers.SGD(1.0), run_eagerly=True)
    task.fit(x, y, sample_weight=weight, verbose=0)
    for old, new in zip(before, task.trainable_weights, strict=True):
        assert np.any(old != np.asarray(new)), new.path
