"""Where Keras has the layer, ours takes its arguments, weights and files, and gives its numbers."""

import inspect

import keras
import numpy as np
import pytest

from seqzoo.layers import Bidirectional, RecurrentCell
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    assert_close,
    constructor,
    each_keras_layer,
    random,
    randomize,
    run_with_gradients,
)

# Both sides compute the same float64 sums, in another order.
FLOAT64 = 1e-12
# The same in float32, which rounds at 6e-8, over some dozen steps and terms.
FLOAT32 = 2e-6

X = random(BATCH, TIME, FEATURES)
MASK = np.array([[1, 1, 1, 0, 0], [0, 1, 0, 1, 1]], bool)

OPTIONS = [
    {},
    {"use_bias": False, "kernel_regularizer": "l2"},
    {"go_backwards": True, "zero_output_for_mask": True},
    {"unroll": True},
]


def pair(case, **arguments):
    """Our layer and Keras's, with the same weights."""
    ours, theirs = case.make(**arguments), case.make_keras(**arguments)
    randomize(theirs)
    randomize(ours).set_weights(theirs.get_weights())
    return ours, theirs


@pytest.mark.representative(
    "[]-masked-GRU-reset-before",
    "['use_bias', 'kernel_regularizer']-unmasked-GRU-reset-after",
    "['go_backwards', 'zero_output_for_mask']-unmasked-LSTM",
    "['unroll']-masked-SimpleRNN",
)
@each_keras_layer
@pytest.mark.parametrize("mask", [None, MASK], ids=["unmasked", "masked"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: str(list(options)))
def test_outputs_states_and_gradients(case, options, mask):
    ours, theirs = pair(case, return_sequences=True, return_state=True, dtype="float64", **options)
    states = case.make_states()
    expected = run_with_gradients(theirs, X, states, mask=mask)
    assert_close(run_with_gradients(ours, X, states, mask=mask), expected, FLOAT64)
    assert_close(ours.losses, theirs.losses, FLOAT64)


@each_keras_layer
def test_activations(case):
    names = {"activation", "recurrent_activation"} & parameters(case.keras_layer).keys()
    activations = {name: "relu" if name == "activation" else "hard_sigmoid" for name in names}
    ours, theirs = pair(case, dtype="float64", **activations)
    assert_close(ours(X), theirs(X), FLOAT64)


@each_keras_layer
def test_initial_weights(case):
    arguments = {
        "kernel_initializer": keras.initializers.GlorotUniform(seed=1),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=2),
    }
    ours, theirs = case.make(**arguments), case.make_keras(**arguments)
    for layer in (ours, theirs):
        layer.build((BATCH, TIME, FEATURES))
    assert_close(ours.get_weights(), theirs.get_weights(), 0)


@each_keras_layer
def test_dropout_draws_the_same_masks(case):
    arguments = {"dropout": 0.4, "recurrent_dropout": 0.3, "seed": 5, "dtype": "float64"}
    ours, theirs = pair(case, **arguments)
    assert_close(ours(X, training=True), theirs(X, training=True), FLOAT64)


@pytest.mark.representative(
    "concat-LSTM", "sum-SimpleRNN", "mul-GRU-reset-before", "ave-SimpleRNN", "None-GRU-reset-after"
)
@each_keras_layer
@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional(case, merge_mode):
    arguments = {"return_sequences": True, "return_state": True, "dtype": "float64"}
    ours = Bidirectional(case.make(**arguments), merge_mode=merge_mode, dtype="float64")
    theirs = keras.layers.Bidirectional(
        case.make_keras(**arguments), merge_mode=merge_mode, dtype="float64"
    )
    randomize(theirs)
    randomize(ours).set_weights(theirs.get_weights())
    states = [*case.make_states(), *(2 * state for state in case.make_states())]
    expected = run_with_gradients(theirs, X, states, mask=MASK)
    assert_close(run_with_gradients(ours, X, states, mask=MASK), expected, FLOAT64)


def two_layer_model(first, second, wrapper):
    return keras.Sequential([keras.Input((None, FEATURES)), wrapper(first), second])


@each_keras_layer
def test_weights_file(case, tmp_path):
    file = tmp_path / "keras.weights.h5"
    theirs = two_layer_model(
        case.make_keras(return_sequences=True), case.make_keras(), keras.layers.Bidirectional
    )
    theirs.set_weights([random(*w.shape, seed=n) for n, w in enumerate(theirs.get_weights())])
    theirs.save_weights(file)
    ours = two_layer_model(case.make(return_sequences=True), case.make(), Bidirectional)
    ours.load_weights(file)
    x = X.astype("float32")
    assert_close(ours.get_weights(), theirs.get_weights(), 0)
    assert_close(ours(x), theirs(x), FLOAT32)


def parameters(of):
    """The parameters of a class by name, without the catch-all for those of its bases."""
    return {
        name: parameter
        for name, parameter in constructor(of).parameters.items()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


def all_parameters(of):
    """The same with those of its bases, which a cell of ours takes through its catch-all."""
    return of.parameters() if issubclass(of, RecurrentCell) else parameters(of)


def classes(case):
    """Our layer and Keras's, and our cell and Keras's."""
    keras_cell = getattr(keras.layers, f"{case.keras_layer.__name__}Cell")
    return [(case.layer, case.keras_layer), (case.layer.cell_class, keras_cell)]


@each_keras_layer
def test_parameters_have_the_names_and_defaults_of_keras(case):
    for ours, theirs in classes(case):
        defaults = {name: parameter.default for name, parameter in all_parameters(ours).items()}
        expected = {name: parameter.default for name, parameter in parameters(theirs).items()}
        assert {name: defaults.get(name, "missing") for name in expected} == expected


@each_keras_layer
def test_leading_parameters_have_the_order_of_keras(case):
    for ours, theirs in classes(case):
        names = list(parameters(theirs))
        # Behind it stands unit_forget_bias in the LSTM; GRU has its reset_after at the end.
        last = "unit_forget_bias" if "unit_forget_bias" in names else "bias_initializer"
        leading = names[: names.index(last) + 1]
        assert list(parameters(ours))[: len(leading)] == leading


def test_bidirectional_has_the_parameters_of_keras():
    assert constructor(Bidirectional) == constructor(keras.layers.Bidirectional)


@each_keras_layer
def test_layer_shows_the_attributes_of_keras(case):
    ours, theirs = case.make(dropout=0.25), case.make_keras(dropout=0.25)
    ours_config, theirs_config = ours.get_config(), theirs.get_config()
    for name in theirs_config:
        if name != "name" and hasattr(theirs, name):
            assert ours_config[name] == theirs_config[name]
            assert type(getattr(ours, name)) is type(getattr(theirs, name))
