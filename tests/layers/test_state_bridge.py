"""The bridge from a vector to the states of a recurrent layer."""

import json

import keras
import numpy as np
import pytest

from seqzoo.layers import GRU, LSTM, GRUCell, LSTMCell, PeepholeLSTM, SimpleRNN
from seqzoo.layers.state_bridge import StateBridge, state_sizes
from tests.contracts.layer_cases import BATCH, FEATURES, assert_close, random, randomize

X = random(BATCH, FEATURES)
NESTED = ((3, 5), (2,))


def make(sizes=NESTED, **arguments):
    bridge = StateBridge(sizes, **{"dtype": "float64", **arguments})
    bridge.build(X.shape)
    return randomize(bridge)


def test_every_state_is_a_projection_of_the_vector():
    bridge = make()
    V_0, b_0, V_1, b_1, V_2, b_2 = bridge.get_weights()
    (h, c), (other,) = bridge(X)
    expected = [np.tanh(X @ V_0 + b_0), np.tanh(X @ V_1 + b_1), np.tanh(X @ V_2 + b_2)]
    # The same float64 sums.
    assert_close([h, c, other], expected, 1e-14)


@pytest.mark.parametrize(
    ("layer", "sizes"),
    [
        (SimpleRNN(3), (3,)),
        (GRU(3), (3,)),
        (LSTM(3), (3, 3)),
        (PeepholeLSTM(3), (3, 3)),
        (keras.layers.LSTM(3), (3, 3)),
        (keras.layers.RNN(LSTMCell(3)), (3, 3)),
        (keras.layers.RNN([LSTMCell(3), GRUCell(2)]), ((3, 3), (2,))),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_sizes_of_the_states_of_a_layer(layer, sizes):
    assert state_sizes(layer) == sizes
    states = make(sizes)(X)
    assert keras.tree.map_structure(lambda state: state.shape[-1], states) == sizes


def test_shapes_of_symbolic_states():
    states = StateBridge(NESTED)(keras.Input((FEATURES,)))
    shapes = keras.tree.map_structure(lambda state: state.shape, states)
    assert shapes == (((None, 3), (None, 5)), ((None, 2),))


def test_configuration():
    config = json.loads(json.dumps(make(name="mine").get_config()))
    again = StateBridge.from_config(config)
    assert json.loads(json.dumps(again.get_config())) == config
    assert again.sizes == NESTED
    assert (again.name, again.dtype) == ("mine", "float64")


def test_model_file(tmp_path):
    x = keras.Input((FEATURES,))
    model = keras.Model(x, keras.tree.flatten(StateBridge(NESTED)(x)))
    model.set_weights([random(*w.shape, seed=n) for n, w in enumerate(model.get_weights())])
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert_close(again(X.astype("float32")), model(X.astype("float32")), 0)


def test_mixed_precision():
    states = keras.tree.flatten(make(dtype="mixed_float16")(X))
    assert {state.dtype.name for state in states} == {"float16"}
    # float16 rounds at 5e-4, in sums of FEATURES products.
    assert_close([np.float64(s) for s in states], keras.tree.flatten(make()(X)), 5e-3)


@pytest.mark.parametrize("sizes", [(), ((), ()), (3, 0), (3, -1), (3, 2.5), (True,), "3", None])
def test_sizes_that_are_none(sizes):
    with pytest.raises(ValueError, match="`sizes` must be nested positive integers"):
        StateBridge(sizes)


def test_input_of_another_rank():
    with pytest.raises(ValueError, match="expected ndim=2, found ndim=3"):
        StateBridge((3,))(random(2, 5, 4))
