"""The network up to what it knows of every word."""

import keras
import numpy as np
import pytest

from seqzoo.zoo import NERTaggerBackbone
from seqzoo.zoo.text.word_dropout import WordDropout

SIZES = {
    **{"vocabulary_size": 11, "character_vocabulary_size": 7, "word_length": 5},
    **{"embedding_dim": 4, "character_dim": 3, "character_units": 6, "shape_dim": 2, "units": 5},
    **{"num_layers": 2, "dropout": 0.0, "word_dropout": 0.0},
}


def make(**sizes):
    keras.utils.set_random_seed(6)
    return NERTaggerBackbone(**{**SIZES, **sizes})


def inputs(lengths, time=None):
    """Random words, padded to the longest or to `time`."""
    rng = np.random.default_rng(1)
    time = time or max(lengths)
    rows = {"word_ids": [], "character_ids": [], "shape_ids": []}
    for length in lengths:
        words = {
            "word_ids": rng.integers(1, 11, length),
            "character_ids": rng.integers(0, 7, (length, 5)),
            "shape_ids": rng.integers(1, 10, length),
        }
        for name, ids in words.items():
            rows[name].append(np.pad(ids, [(0, time - length), (0, 0)][: ids.ndim]))
    return {name: np.array(ids, "int32") for name, ids in rows.items()}


@pytest.mark.representative("cnn-peephole_lstm", "cnn-gru", "cnn-simple_rnn", "bilstm-lstm")
@pytest.mark.parametrize("cell", ["lstm", "peephole_lstm", "gru", "simple_rnn"])
@pytest.mark.parametrize("character_encoder", ["cnn", "bilstm"])
def test_padding_does_not_matter(cell, character_encoder):
    backbone = make(cell=cell, character_encoder=character_encoder)
    short = np.asarray(backbone(inputs([3, 6])))
    assert short.shape == (2, 6, 10)
    long = np.asarray(backbone(inputs([3, 6], time=9)))
    np.testing.assert_allclose(long[0, :3], short[0, :3], atol=1e-6)
    np.testing.assert_allclose(long[1, :6], short[1], atol=1e-6)


@pytest.mark.parametrize("name", ["word_ids", "character_ids", "shape_ids"])
def test_every_input_reaches_the_words_on_both_sides(name):
    backbone = make()
    before = inputs([5])
    after = {key: ids.copy() for key, ids in before.items()}
    after[name][0, 2] = before[name][0, 2] % 6 + 1
    difference = np.abs(np.asarray(backbone(after)) - np.asarray(backbone(before)))
    assert (difference.max(axis=-1) > 1e-7).all()


def test_config_round_trip():
    backbone = make(cell="gru", character_encoder="bilstm", dropout=0.25, word_dropout=0.125)
    copy = NERTaggerBackbone.from_config(backbone.get_config())
    assert copy.get_config() == backbone.get_config()
    copy.set_weights(backbone.get_weights())
    np.testing.assert_array_equal(copy(inputs([4])), backbone(inputs([4])))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"units": 0}, "`units` must be a positive integer.*units=0"),
        ({"units": True}, "`units` must be a positive integer.*units=True"),
        ({"num_layers": 2.0}, "`num_layers` must be a positive integer.*2.0"),
        ({"word_length": -1}, "`word_length` must be a positive integer"),
        ({"embedding_dim": "4"}, "`embedding_dim` must be a positive integer"),
        ({"cell": "transformer"}, r"`cell` must be one of .*'gru'.*'transformer'"),
        ({"character_encoder": "rnn"}, r"`character_encoder` must be one of \['bilstm', 'cnn'\]"),
        ({"character_units": 7}, "`units` must be a multiple of 3"),
        ({"word_dropout": 1}, r"`rate` must lie in \[0, 1\)"),
        ({"neighbour_weight": -1.0}, "`weight` must be .* at least 0.*-1.0"),
        ({"neighbour_weight": float("inf")}, "`weight` must be a finite number"),
        ({"neighbour_weight": float("nan")}, "`weight` must be a finite number"),
    ],
)
def test_sizes_that_do_not_fit(sizes, message):
    with pytest.raises(ValueError, match=message):
        make(**sizes)


@pytest.mark.parametrize("share", ["dropout", "word_dropout"])
def test_dropout_is_for_training_alone(share):
    backbone, plain = make(**{share: 0.5}), make()
    backbone.set_weights(plain.get_weights())
    x = inputs([6, 6])
    np.testing.assert_array_equal(backbone(x), plain(x))
    trained, expected = (np.asarray(model(x, training=True)) for model in (backbone, plain))
    assert np.abs(trained - expected).max() > 1e-3


def test_words_are_dropped_at_random_and_padding_is_not():
    ids = np.tile([2, 3, 0, 9], 1000)
    dropped = np.asarray(WordDropout(0.3, seed=1)(ids, training=True))
    assert (dropped[ids == 0] == 0).all()
    changed = dropped != ids
    assert (dropped[changed] == 1).all()
    # Five standard deviations of 3000 draws.
    assert abs(changed[ids != 0].mean() - 0.3) < 5 * (0.3 * 0.7 / 3000) ** 0.5
    again = np.asarray(WordDropout(0.3, seed=2)(ids, training=True))
    assert (again != dropped).any()
