"""What is saved comes back as the same layer with the same numbers."""

import keras
import numpy as np
import pytest

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    assert_close,
    each_layer,
    each_loop,
    random,
)

X = random(BATCH, TIME, FEATURES, dtype="float32")


def make_model(case, seed):
    """A model with masks, both directions, and options that are not the default."""
    options = {"return_sequences": True, **case.variant}
    both_ways = Bidirectional(
        case.make(**options),
        merge_mode="sum",
        backward_layer=case.make(go_backwards=True, return_sequences=True),
    )
    layers = [
        keras.layers.Masking(),
        both_ways,
        case.make(go_backwards=True, return_sequences=True),
    ]
    model = keras.Sequential([keras.Input((None, FEATURES)), *layers])
    weights = model.get_weights()
    model.set_weights([random(*w.shape, seed=seed + n) for n, w in enumerate(weights)])
    return model


@pytest.mark.representative("SimpleRNN", "LIF-subtract", "GRU-chung")
@each_layer
def test_model_file(case, tmp_path):
    model = make_model(case, seed=1)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    assert_close(again(X), model(X), 0)


@each_loop
def test_weights_file(case, tmp_path):
    model, other = make_model(case, seed=1), make_model(case, seed=40)
    assert np.abs(model(X) - other(X)).max() > 0.01
    model.save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    assert_close(other(X), model(X), 0)


@each_loop
def test_clone(case):
    model = make_model(case, seed=1)
    clone = keras.models.clone_model(model)
    assert clone.layers[1] is not model.layers[1]
    clone.set_weights(model.get_weights())
    assert_close(clone(X), model(X), 0)


@each_layer
def test_cell_in_a_model_file(case, tmp_path):
    layer = keras.layers.RNN([case.make_cell(), case.make_cell(**case.variant)])
    model = keras.Sequential([keras.Input((None, FEATURES)), layer])
    model.save(tmp_path / "model.keras")
    assert_close(keras.models.load_model(tmp_path / "model.keras")(X), model(X), 0)
