"""Numbers of every size: mixed precision computes in few bits and keeps its weights in float32."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    FLOAT32,
    TIME,
    assert_close,
    each_layer,
    each_loop,
    random,
    randomize,
    run_with_gradients,
)

X = random(BATCH, TIME, FEATURES, dtype="float32")
MASK = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]], bool)
FULL = {"return_sequences": True, "return_state": True}

# The policies, and the size of some dozen roundings: float16 rounds at 5e-4, bfloat16 at 4e-3.
TOLERANCES = {"mixed_float16": 5e-3, "mixed_bfloat16": 5e-2, "float32": FLOAT32}
each_policy = pytest.mark.parametrize("policy", TOLERANCES)


@pytest.fixture
def global_policy(policy):
    """The policy, set for all layers that are made in the test."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    yield keras.config.dtype_policy()
    keras.config.set_dtype_policy(before)


def exact(layer):
    """The layer in float64, with the same weights."""
    config = {**layer.get_config(), "dtype": "float64"}
    return randomize(type(layer).from_config(config))


@pytest.mark.representative(
    "mixed_float16-LIF-zero",
    "mixed_bfloat16-LSTM",
    "float32-SimpleRNN",
    "float32-PeepholeLSTM",
    "float32-LayerNormLSTM",
    "float32-LIF-subtract",
    "float32-GRU-reset-after",
    "float32-GRU-reset-before",
    "float32-GRU-chung",
)
@each_layer
@each_policy
def test_layer_under_a_policy(case, policy):
    layer = randomize(case.make(dtype=policy, **FULL))
    answers = layer(X, mask=MASK)
    assert {answer.dtype.name for answer in answers} == {layer.compute_dtype}
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert_close(
        [tf.cast(a, "float64") for a in answers], exact(layer)(X, mask=MASK), TOLERANCES[policy]
    )


@each_loop
@each_policy
def test_gradients_under_a_policy(case, policy):
    layer = randomize(case.make(dtype=policy, **FULL))
    states = case.make_states()
    _, (_, *gradients) = run_with_gradients(layer, X, states)
    _, (_, *expected) = run_with_gradients(exact(layer), X.astype("float64"), states)
    by_weights = gradients[case.state_count :]
    assert {gradient.dtype.name for gradient in by_weights} == {"float32"}
    # A gradient is a sum of some ten products of the answers' size.
    tolerance = 10 * TOLERANCES[policy]
    assert_close(
        [tf.cast(g, "float64") for g in by_weights], expected[case.state_count :], tolerance
    )


@each_loop
@each_policy
@pytest.mark.usefixtures("global_policy")
def test_bidirectional_under_a_global_policy(case, policy):
    layer = randomize(Bidirectional(case.make()))
    output = layer(X, mask=MASK)
    assert output.dtype == keras.config.dtype_policy().compute_dtype
    plain = randomize(Bidirectional(case.make(dtype="float32"), dtype="float32"))
    assert_close(tf.cast(output, "float32"), plain(X, mask=MASK), TOLERANCES[policy])


@each_layer
def test_padding_too_large_for_float16(case):
    layer = randomize(case.make(dtype="mixed_float16", **FULL))
    states = case.make_states()
    expected = run_with_gradients(layer, X, states, mask=MASK)
    garbled = np.where(MASK[..., None], X, np.float32(1e6))
    assert_close(run_with_gradients(layer, garbled, states, mask=MASK), expected, 0)


@each_layer
def test_states_of_a_stateful_layer_are_kept_in_float32(case):
    layer = randomize(case.make(dtype="mixed_float16", stateful=True))
    layer(X)
    assert {state.dtype for state in layer.states} == {"float32"}
