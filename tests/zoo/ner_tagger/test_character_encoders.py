"""Words read by their characters, against NumPy, one word at a time."""

import keras
import numpy as np
import pytest

from seqzoo.zoo.ner_tagger.character_encoders import (
    CHARACTER_ENCODERS,
    CharacterBiLSTM,
    CharacterCNN,
)
from tests.contracts import numpy_reference

IDS, DIM, UNITS, LENGTH = 9, 5, 6, 6
# Of every length, from no character to all.
WORDS = [[1, 2, 3, 4, 5, 6], [7, 8, 0, 0, 0, 0], [3, 0, 0, 0, 0, 0], [0] * 6, [2, 2, 5, 0, 0, 0]]

# float32 rounds at 6e-8, and a few dozen products are summed.
FLOAT32 = 1e-6

each_encoder = pytest.mark.parametrize("name", CHARACTER_ENCODERS)


def make(encoder, **arguments):
    """An encoder with distinct weights; no bias is zero."""
    encoder = encoder(IDS, DIM, UNITS, **arguments)
    encoder.build((None, None, LENGTH))
    rng = np.random.default_rng(2)
    encoder.set_weights([rng.normal(scale=0.6, size=w.shape) for w in encoder.get_weights()])
    return encoder


def run(encoder, words, **call):
    """The vectors of words, laid out as two sentences with one word of padding."""
    width = -(-len(words) // 2)
    ids = np.zeros((2, width, len(words[0])), "int32")
    ids.reshape(-1, len(words[0]))[: len(words)] = words
    return np.asarray(encoder(ids, **call)).reshape(2 * width, UNITS)[: len(words)]


def embedded(encoder, word):
    return np.asarray(encoder.embedding.embeddings, float)[[each for each in word if each]]


def convolved(encoder, word):
    """For every filter its largest answer above zero, where it looks beyond the word at zeros."""
    x = embedded(encoder, word)
    vector = []
    for convolution in encoder.convolutions:
        kernel, bias = (np.asarray(weight, float) for weight in convolution.get_weights())
        width = len(kernel)
        around = np.pad(x, [((width - 1) // 2, width // 2), (0, 0)])
        answers = [
            np.einsum("wd,wdu->u", around[start : start + width], kernel) + bias
            for start in range(len(x))
        ]
        vector += np.max([np.zeros(UNITS // 3), *answers], axis=0).tolist()
    return vector


def read_both_ways(encoder, word):
    x = embedded(encoder, word)
    vector = []
    for layer, steps in (
        (encoder.recurrent.forward_layer, x),
        (encoder.recurrent.backward_layer, x[::-1]),
    ):
        output, states = np.zeros((1, UNITS // 2)), [np.zeros((1, UNITS // 2))] * 2
        weights = [np.asarray(weight, float) for weight in layer.get_weights()]
        for step in steps:
            output, states = numpy_reference.lstm(weights, step[None], states)
        vector += output[0].tolist()
    return vector


@pytest.mark.parametrize(
    ("encoder", "reference"), [(CharacterCNN, convolved), (CharacterBiLSTM, read_both_ways)]
)
def test_numbers(encoder, reference):
    encoder = make(encoder)
    expected = [reference(encoder, word) for word in WORDS]
    np.testing.assert_allclose(run(encoder, WORDS), expected, atol=FLOAT32)


@each_encoder
def test_padding_does_not_matter(name):
    encoder = make(CHARACTER_ENCODERS[name])
    longer = [[*word, 0, 0, 0] for word in WORDS]
    np.testing.assert_allclose(run(encoder, longer), run(encoder, WORDS), atol=FLOAT32)


@each_encoder
def test_characters_are_dropped_in_training_alone(name):
    encoder = make(CHARACTER_ENCODERS[name], dropout=0.5)
    plain = make(CHARACTER_ENCODERS[name])
    np.testing.assert_array_equal(run(encoder, WORDS), run(plain, WORDS))
    assert np.abs(run(encoder, WORDS, training=True) - run(plain, WORDS)).max() > 0.01


@each_encoder
def test_config_round_trip(name):
    encoder = make(CHARACTER_ENCODERS[name], dropout=0.25, name="reader")
    copy = keras.layers.deserialize(keras.layers.serialize(encoder))
    assert copy.get_config() == encoder.get_config()
    copy.set_weights(encoder.get_weights())
    np.testing.assert_array_equal(run(copy, WORDS), run(encoder, WORDS))


@pytest.mark.parametrize(
    ("encoder", "message"), [(CharacterCNN, "a multiple of 3"), (CharacterBiLSTM, "must be even")]
)
def test_units_that_do_not_divide(encoder, message):
    with pytest.raises(ValueError, match=f"`units` .*{message}.*units=7"):
        encoder(IDS, DIM, 7)
