"""Every constructor argument comes back from the configuration, and makes the same layer again."""

import json

import keras
import numpy as np
import pytest

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    UNITS,
    constructor,
    each_layer,
    random,
)

# A value that is not the default, for every argument of every layer. An argument that is missing
# here fails the tests below.
VALUES = {
    "units": UNITS + 2,
    "activation": "relu",
    "recurrent_activation": "hard_sigmoid",
    "use_bias": False,
    "kernel_initializer": keras.initializers.RandomNormal(stddev=0.3, seed=1),
    "recurrent_initializer": keras.initializers.RandomUniform(seed=2),
    "bias_initializer": keras.initializers.Constant(0.25),
    "peephole_initializer": keras.initializers.Constant(0.5),
    "unit_forget_bias": False,
    "epsilon": 1e-5,
    "gamma_initializer": keras.initializers.Constant(0.9),
    "beta_initializer": keras.initializers.Constant(0.1),
    "decay": 0.5,
    "threshold": 0.75,
    "reset": "zero",
    "surrogate": "arctan",
    "surrogate_scale": 25.0,
    "recurrent": False,
    "learn_decay": True,
    "reset_after": False,
    "form": "chung",
    "kernel_regularizer": keras.regularizers.L1(0.1),
    "recurrent_regularizer": keras.regularizers.L2(0.2),
    "bias_regularizer": keras.regularizers.L1(0.3),
    "peephole_regularizer": keras.regularizers.L2(0.4),
    "activity_regularizer": keras.regularizers.L2(0.5),
    "kernel_constraint": keras.constraints.MaxNorm(1),
    "recurrent_constraint": keras.constraints.UnitNorm(),
    "bias_constraint": keras.constraints.NonNeg(),
    "peephole_constraint": keras.constraints.MaxNorm(2),
    "dropout": 0.1,
    "recurrent_dropout": 0.2,
    "seed": 7,
    "implementation": 1,
    "return_sequences": True,
    "return_state": True,
    "go_backwards": True,
    "stateful": True,
    "unroll": True,
    "zero_output_for_mask": True,
    "use_cudnn": False,
    "gradient_steps": 3,
}
# Those of every Keras layer.
BASE_VALUES = {"name": "mine", "dtype": "mixed_bfloat16", "trainable": False}


def parameters(of):
    """The constructor's parameters by name, those after the catch-all of a cell too."""
    found = of.parameters() if hasattr(of, "parameters") else constructor(of).parameters
    return {name: parameter for name, parameter in found.items() if name != "kwargs"}


def through_json(config):
    return json.loads(json.dumps(config))


def serialize(value):
    """A value as a configuration holds it."""
    return keras.saving.serialize_keras_object(value)


def classes(case):
    return [case.layer, case.layer.cell_class]


@each_layer
def test_every_argument_is_tested_here(case):
    for tested in classes(case):
        for name, parameter in parameters(tested).items():
            assert name in VALUES
            assert parameter.default != VALUES[name]


@each_layer
def test_every_argument_survives(case):
    for tested in classes(case):
        arguments = {name: VALUES[name] for name in parameters(tested)}
        config = through_json(tested(**arguments, **BASE_VALUES).get_config())
        again = tested.from_config(config)
        assert through_json(again.get_config()) == config
        expected = {name: serialize(value) for name, value in arguments.items()}
        assert {name: config[name] for name in arguments} == through_json(expected)
        assert again.name == "mine"
        assert again.dtype_policy.name == "mixed_bfloat16"
        assert not again.trainable


@each_layer
def test_each_argument_can_be_read_from_the_layer(case):
    arguments = {name: VALUES[name] for name in parameters(case.layer)}
    layer = case.layer(**arguments)
    for name, value in arguments.items():
        expected = keras.activations.get(value) if name.endswith("activation") else value
        assert getattr(layer, name) == expected


@each_layer
def test_base_arguments_reach_the_cell(case):
    cell = case.make(**BASE_VALUES).cell
    assert cell.dtype_policy.name == "mixed_bfloat16"
    assert not cell.trainable


@each_layer
def test_arguments_act_after_the_round_trip(case):
    """Regularizers, constraints and the bias are those of the arguments, not only in the config."""
    names = [n for n in parameters(case.layer) if n.endswith(("regularizer", "constraint"))]
    layer = case.layer.from_config(case.make(**{n: VALUES[n] for n in names}).get_config())
    layer.build((BATCH, TIME, FEATURES))
    for weight in layer.weights:
        argument = {"recurrent_kernel": "recurrent", "peepholes": "peephole"}.get(
            weight.name, weight.name
        )
        for kind in ("regularizer", "constraint"):
            # A weight without such an argument has no such thing.
            name = f"{argument}_{kind}"
            expected = VALUES[name] if name in names else None
            assert serialize(getattr(weight, kind)) == serialize(expected)


@each_layer
def test_activity_regularizer_acts(case):
    """Keras's own SimpleRNN takes it and forgets it."""
    config = case.make(activity_regularizer=keras.regularizers.L2(0.5)).get_config()
    layer = case.layer.from_config(config)
    answer = layer(random(BATCH, TIME, FEATURES, dtype="float32"))
    # Keras gives the mean over the batch.
    assert float(layer.losses[0]) == pytest.approx(0.5 * np.sum(np.square(answer)) / BATCH)


@pytest.mark.representative(
    "concat-SimpleRNN",
    "concat-PeepholeLSTM",
    "concat-LIF-subtract",
    "concat-GRU-chung",
    "sum-LIF-zero",
    "mul-LSTM",
    "mul-LayerNormLSTM",
    "ave-GRU-reset-before",
    "None-GRU-reset-after",
)
@each_layer
@pytest.mark.parametrize("merge_mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional(case, merge_mode):
    layer = Bidirectional(
        case.make(**case.variant, return_sequences=True),
        merge_mode=merge_mode,
        backward_layer=case.make(return_sequences=True, go_backwards=True),
        name="both",
    )
    config = through_json(layer.get_config())
    again = Bidirectional.from_config(config)
    assert through_json(again.get_config()) == config
    assert again.name == "both"
    assert again.merge_mode == merge_mode
    assert isinstance(again.forward_layer, case.layer)
    default, expected = case.make().get_config(), case.make(**case.variant).get_config()
    for name in case.variant:
        assert again.forward_layer.get_config()[name] == expected[name] != default[name]
        assert again.backward_layer.get_config()[name] == default[name]


def test_every_argument_of_bidirectional_is_tested_here():
    # Keras takes `weights`, which are not configuration, and does nothing with them.
    tested = {"layer", "merge_mode", "backward_layer", "weights", "kwargs"}
    assert set(constructor(Bidirectional).parameters) == tested


@each_layer
def test_unknown_argument_is_refused(case):
    with pytest.raises(ValueError, match="peephole_size"):
        case.make(peephole_size=3)
