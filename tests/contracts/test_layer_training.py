"""A layer learns: a short fit lowers the loss."""

import keras
import numpy as np
import pytest

from tests.contracts.layer_cases import FEATURES, each_loop, random


@pytest.mark.representative("LSTM")
@each_loop
def test_fit_lowers_the_loss(case):
    keras.utils.set_random_seed(0)
    # The mean of the last two steps: it needs the memory.
    x = random(32, 6, FEATURES, dtype="float32")
    y = np.tanh(x[:, -2:, :1].mean(axis=1))
    layer = case.make(dropout=0.05, recurrent_dropout=0.05)
    model = keras.Sequential([keras.Input((None, FEATURES)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.05), "mse")
    before = [weight.copy() for weight in layer.get_weights()]
    losses = model.fit(x, y, epochs=case.fit_epochs, batch_size=16, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    for old, new in zip(before, layer.get_weights(), strict=True):
        assert np.abs(new - old).max() > 0
