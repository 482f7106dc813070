import keras
import numpy as np
import pytest

from seqzoo.zoo.image_captioner import ImageCaptionerBackbone
from seqzoo.zoo.image_captioner.word_presence import WordPresence

TOKEN_IDS = np.array([[3, 5, 7, 5], [4, 6, 0, 0]])
VOCABULARY = 9


@pytest.fixture
def features():
    return np.random.default_rng(3).normal(size=(2, 4)).astype("float32")


def test_the_loss_is_that_of_its_formula(features):
    layer = WordPresence(VOCABULARY, weight=0.5)
    output = layer(features, TOKEN_IDS, training=True)
    np.testing.assert_array_equal(output, features)
    kernel, bias = layer.get_weights()
    probability = 1 / (1 + np.exp(-(features.astype(float) @ kernel + bias)))
    nats = words = 0
    for row, present in enumerate([{5, 7}, {6}]):
        words += len(present)
        for word in range(1, VOCABULARY):
            p = probability[row, word]
            nats -= np.log(p if word in present else 1 - p)
    np.testing.assert_allclose(layer.losses[0], 0.5 * nats / words, rtol=1e-5)


def test_nothing_is_added_outside_of_training(features):
    layer = WordPresence(VOCABULARY, weight=1.0)
    layer(features, TOKEN_IDS)
    assert not layer.losses


@pytest.mark.slow
def test_the_encoder_learns_from_it():
    backbone = ImageCaptionerBackbone(
        VOCABULARY, encoder="small", image_size=16, embedding_dim=4, units=4
    )
    images = np.random.default_rng(0).uniform(0, 255, (2, 16, 16, 3)).astype("float32")
    model = keras.Model(backbone.input, 0.0 * backbone.output)
    model.compile(keras.optimizers.SGD(0.1), loss=lambda y, outputs: keras.ops.sum(outputs))
    before = backbone.image_encoder.get_weights()[0]
    model.fit({"images": images, "token_ids": TOKEN_IDS}, np.zeros((2, 4, 4)), verbose=0)
    assert (backbone.image_encoder.get_weights()[0] != before).any()


def test_without_a_weight_there_are_no_detectors():
    backbone = ImageCaptionerBackbone(
        VOCABULARY, encoder="small", image_size=16, embedding_dim=4, units=4, presence_weight=0
    )
    assert not any("detectors" in weight.path for weight in backbone.weights)
