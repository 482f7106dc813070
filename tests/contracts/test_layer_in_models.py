"""The layers inside Keras models: what `fit` and functional graphs do to their inputs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from tests.contracts.layer_cases import FLOAT32, assert_close, each_loop, random


@each_loop
def test_the_mask_that_sequences_carry_counts_beside_given_states(case):
    tokens = np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0]])
    embedding = keras.layers.Embedding(9, 4, mask_zero=True)
    for layer, copies in ((case.make(), 1), (layers.Bidirectional(case.make()), 2)):
        states = case.make_states(dtype="float32") * copies
        together = layer(embedding(tokens), initial_state=states)
        alone = layer(embedding(tokens[1:, :2]), initial_state=[s[1:] for s in states])
        assert_close(together[1:], alone, FLOAT32)


def test_the_mask_that_sequences_carry_counts_beside_given_states_of_a_stack():
    tokens = np.array([[1, 2, 3, 0, 0], [4, 5, 0, 0, 0]])
    embedding = keras.layers.Embedding(9, 4, mask_zero=True)
    layer, h = layers.StackedRNN([layers.GRUCell(3)]), random(2, 3, dtype="float32")
    together = layer(embedding(tokens), initial_state=[[h]])
    assert_close(together[1:], layer(embedding(tokens[1:, :2]), initial_state=[[h[1:]]]), FLOAT32)


@each_loop
@pytest.mark.parametrize("dtype", ["int32", "bool"])
def test_inputs_that_are_counted(case, dtype):
    layer = case.make()
    x = (random(2, 5, 4) > 0).astype(dtype)
    train = tf.function(lambda x: layer(x, training=True))
    assert_close(train(x), layer(x.astype("float32")), FLOAT32)


@pytest.mark.representative("reset_after")
@pytest.mark.parametrize("form", ["reset_after", "cho", "chung"])
def test_one_unit_learns_from_batches_of_unknown_size(form):
    model = keras.Sequential([keras.Input((None, 3)), layers.GRU(1, form=form)])
    model.compile("sgd", "mse")
    model.fit(random(3, 5, 3), random(3, 1), batch_size=2, verbose=0)


@pytest.mark.slow
def test_batches_of_all_sizes_train_as_in_keras():
    ours, theirs = (
        keras.Sequential([keras.Input((None, 3)), layer(4, return_sequences=True)])
        for layer in (layers.LSTM, keras.layers.LSTM)
    )
    theirs.set_weights(ours.get_weights())

    def batches():
        for seed, (batch, time) in enumerate([(1, 3), (3, 9), (17, 5), (9, 1)]):
            yield random(batch, time, 3, seed=seed), random(batch, time, 4, seed=9 + seed)

    specs = [tf.TensorSpec([None, None, size]) for size in (3, 4)]
    data = tf.data.Dataset.from_generator(batches, output_signature=tuple(specs))
    for model in (ours, theirs):
        model.compile(keras.optimizers.SGD(0.5), "mse")
        model.fit(data, verbose=0)
    assert_close(ours.get_weights(), theirs.get_weights(), FLOAT32)


@pytest.mark.parametrize("layer", [layers.LSTM, layers.LIF])
def test_truncated_backpropagation_in_an_exported_model(layer, tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layer(4, gradient_steps=2)])
    model.export(tmp_path, verbose=False)
    x = random(2, 5, 3, dtype="float32")
    loaded = tf.saved_model.load(tmp_path)
    assert_close(loaded.serve(x), model(x), FLOAT32)
