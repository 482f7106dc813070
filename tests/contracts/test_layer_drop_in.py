"""Keras's own layers before and above each layer: `predict`, `fit` and exports as with Keras's."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.layers import (
    BatchNormalization,
    Conv1D,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    LayerNormalization,
    MaxPooling1D,
    MultiHeadAttention,
    Permute,
    RepeatVector,
    Reshape,
    TimeDistributed,
)

from seqzoo import layers
from seqzoo.export import TFLiteFile, export_tflite
from tests.contracts.layer_cases import FLOAT32, assert_close, random

# More rows than steps: what takes one for the other fails or answers otherwise.
ROWS, TIME, FEATURES, UNITS = 8, 6, 4, 3

PAIRS = {
    "SimpleRNN": (layers.SimpleRNN, keras.layers.SimpleRNN),
    "LSTM": (layers.LSTM, keras.layers.LSTM),
    "GRU": (layers.GRU, keras.layers.GRU),
    "Bidirectional": (
        lambda units, **options: layers.Bidirectional(layers.LSTM(units, **options)),
        lambda units, **options: keras.layers.Bidirectional(keras.layers.LSTM(units, **options)),
    ),
    "StackedRNN": (
        lambda units, **options: layers.StackedRNN(
            [layers.GRUCell(units), layers.LSTMCell(units)], **options
        ),
        lambda units, **options: keras.layers.RNN(
            [keras.layers.GRUCell(units), keras.layers.LSTMCell(units)], **options
        ),
    ),
}


def chain(*members):
    """A model of layers on a sequence of known time, ending in numbers for each row."""
    return keras.Sequential([keras.Input((TIME, FEATURES)), *members, Flatten(), Dense(2)])


def attention(make):
    inputs = keras.Input((TIME, FEATURES))
    sequence = make(UNITS, return_sequences=True)(inputs)
    heads = MultiHeadAttention(num_heads=2, key_dim=2)
    return keras.Model(inputs, Dense(2)(make(UNITS)(heads(sequence, sequence))))


NEIGHBOURS = {
    "time-distributed": lambda make: chain(
        TimeDistributed(Dense(5)), make(UNITS, return_sequences=True), TimeDistributed(Dense(2))
    ),
    "norms-on-other-axes": lambda make: chain(
        BatchNormalization(axis=1),
        make(UNITS, return_sequences=True),
        LayerNormalization(axis=(1, 2)),
        BatchNormalization(axis=1),
    ),
    "reshape": lambda make: chain(
        Reshape((2 * TIME, FEATURES // 2)),
        make(UNITS, return_sequences=True),
        Reshape((TIME, 2, -1)),
        Reshape((TIME, -1)),
        Permute((2, 1)),
    ),
    "convolutions": lambda make: chain(
        Conv1D(5, 2),
        make(UNITS, return_sequences=True),
        MaxPooling1D(2),
        make(UNITS, return_sequences=True),
        Conv1D(2, 2, padding="same", dilation_rate=2),
        GlobalAveragePooling1D(),
    ),
    "unrolled": lambda make: chain(
        make(UNITS, return_sequences=True),
        keras.layers.LSTM(UNITS, unroll=True, return_sequences=True),
        make(UNITS, return_sequences=True),
        keras.layers.GRU(UNITS, unroll=True),
    ),
    "autoencoder": lambda make: chain(
        make(UNITS),
        RepeatVector(TIME),
        make(UNITS, return_sequences=True),
        TimeDistributed(Dense(1)),
    ),
    "attention": attention,
}
each_neighbour = pytest.mark.parametrize("build", NEIGHBOURS.values(), ids=NEIGHBOURS)
each_pair = pytest.mark.parametrize(
    "pair",
    [
        pytest.param(pair, id=name, marks=[] if name == "LSTM" else pytest.mark.exhaustive)
        for name, pair in PAIRS.items()
    ],
)

X = random(ROWS, TIME, FEATURES, dtype="float32")
Y = random(ROWS, 2, seed=1, dtype="float32")


def twins(build, pair):
    """The same model with our layer and with Keras's, and the same weights."""
    keras.utils.set_random_seed(0)
    ours, theirs = map(build, pair)
    ours.set_weights(theirs.get_weights())
    return ours, theirs


@pytest.mark.representative("time-distributed-LSTM")
@each_pair
@each_neighbour
def test_predict_and_fit_as_in_keras(build, pair):
    ours, theirs = twins(build, pair)
    assert ours.output_shape == theirs.output_shape
    expected = theirs.predict(X, verbose=0)
    assert_close(ours.predict(X, verbose=0), expected, FLOAT32)
    assert_close(ours(X), expected, FLOAT32)
    for model in (ours, theirs):
        model.compile(keras.optimizers.SGD(0.1), "mse")
        # Not all batches are of one size.
        model.fit(X, Y, batch_size=3, shuffle=False, verbose=0)
    assert_close(ours.get_weights(), theirs.get_weights(), FLOAT32)


@pytest.mark.representative("reshape", "convolutions", "attention")
@pytest.mark.slow
@each_neighbour
def test_exports_as_in_keras(build, tmp_path):
    ours, theirs = twins(build, PAIRS["LSTM"])
    expected = theirs.predict(X, verbose=0)
    ours.export(tmp_path / "served", verbose=False)
    served = tf.saved_model.load(tmp_path / "served")
    assert_close(served.serve(X), expected, FLOAT32)
    export_tflite(ours, tmp_path / "model.tflite")
    answer = TFLiteFile(tmp_path / "model.tflite").run("sequence", inputs=X)
    assert_close(answer["outputs"], expected, FLOAT32)


@pytest.mark.slow
def test_an_embedding_with_a_mask_before_and_a_network_for_every_step_above():
    def build(layer):
        return keras.Sequential(
            [
                keras.Input((TIME,), dtype="int32"),
                Embedding(9, FEATURES, mask_zero=True),
                layer(UNITS, return_sequences=True),
                TimeDistributed(Dense(2)),
                BatchNormalization(axis=1),
            ]
        )

    ours, theirs = map(build, PAIRS["LSTM"])
    theirs.set_weights(ours.get_weights())
    tokens = np.random.default_rng(0).integers(0, 9, (ROWS, TIME))
    targets = random(ROWS, TIME, 2, dtype="float32")
    for model in (ours, theirs):
        model.compile(keras.optimizers.SGD(0.1), "mse")
        model.fit(tokens, targets, batch_size=3, shuffle=False, verbose=0)
    assert_close(ours.get_weights(), theirs.get_weights(), FLOAT32)
    assert_close(ours.predict(tokens, verbose=0), theirs.predict(tokens, verbose=0), FLOAT32)
