"""Bad arguments are refused by name, before anything is computed."""

import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import Bidirectional, Recurrent
from tests.contracts.layer_cases import FEATURES, assert_close, each_layer, random

BAD_ARGUMENTS = [
    *(("units", value) for value in (0, -1, 2.5, True, "four", None, float("nan"))),
    *(("dropout", value) for value in (1.5, -0.1, float("nan"))),
    *(("recurrent_dropout", value) for value in (1.5, -0.1)),
    ("use_cudnn", "never"),
    *(("gradient_steps", value) for value in (0, -1, 2.5, "four")),
]


@each_layer
@pytest.mark.parametrize(("name", "value"), BAD_ARGUMENTS)
def test_bad_argument(case, name, value):
    arguments = {"units": 3, **case.arguments, name: value}
    with pytest.raises(ValueError, match=f"`{name}`.*{value}"):
        case.layer(**arguments)


@each_layer
def test_units_may_be_any_kind_of_integer(case):
    layer = case.layer(np.int64(3), **case.arguments)
    assert layer.get_config()["units"] == 3
    assert type(layer.units) is int


def test_a_layer_of_ones_own_needs_a_cell():
    with pytest.raises(NotImplementedError, match="Recurrent must set `cell_class`"):
        Recurrent(3)


@each_layer
def test_units_are_required(case):
    with pytest.raises(TypeError, match="units"):
        case.layer()


@each_layer
@pytest.mark.parametrize("shape", [(2, FEATURES), (2, 5, FEATURES, 1)])
def test_inputs_of_another_rank(case, shape):
    for layer in (case.make(), Bidirectional(case.make())):
        with pytest.raises(ValueError, match=f"expected ndim=3, found ndim={len(shape)}"):
            layer(random(*shape))


@each_layer
def test_inputs_with_other_features(case):
    layer = case.make()
    layer.build((2, 5, FEATURES))
    with pytest.raises(ValueError, match=rf"expected axis -1 .* {FEATURES}, .*\(2, 5, 7\)"):
        layer(random(2, 5, 7))


@each_layer
def test_inputs_that_are_not_numbers(case):
    x = random(2, 5, FEATURES)
    x[1, 3, 0] = np.nan
    with pytest.raises(ValueError, match=r"`sequences`.*NaN, first at batch index 1, time step 3"):
        case.make()(x)


@each_layer
def test_inputs_that_are_not_numbers_in_a_training_graph(case):
    layer = case.make()
    layer.build((2, 5, FEATURES))
    run = tf.function(lambda x: layer(x, training=True))
    if layer.cell.__class__.__dict__.get("equations"):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"`sequences`.*Received: NaN"):
            run(tf.fill([2, 5, FEATURES], np.float32("nan")))


@each_layer
def test_states_of_another_number(case):
    states = case.make_states(dtype="float32")
    with pytest.raises(ValueError, match=rf"{case.state_count} state\(s\).*{case.state_count + 1}"):
        case.make()(random(2, 5, FEATURES), initial_state=[*states, states[0]])


@each_layer
@pytest.mark.parametrize("shape", [(2, 4), (3, 3), (3,)])
def test_states_of_another_shape(case, shape):
    states = case.make_states(dtype="float32")
    states[-1] = random(*shape)
    name = case.layer.cell_class.state_names[-1]
    with pytest.raises(ValueError, match=rf"`{name}` in argument `initial_state`.*\(2, 3\)"):
        case.make()(random(2, 5, FEATURES), initial_state=states)


@each_layer
@pytest.mark.parametrize("shape", [(2, 4), (3, 5), (5,), (2, 5, 1)])
def test_masks_of_another_shape(case, shape):
    with pytest.raises(ValueError, match=r"`mask` must have shape \(batch, time\) = \(2, 5\)"):
        case.make()(random(2, 5, FEATURES), mask=np.ones(shape, bool))


@each_layer
def test_a_step_takes_one_time_step(case):
    with pytest.raises(ValueError, match=r"`inputs` of a step.*\(2, 5, 4\)"):
        case.make().step(random(2, 5, FEATURES))


@each_layer
def test_cudnn_without_a_gpu(case):
    with pytest.raises(ValueError, match="`use_cudnn=True` needs a GPU"):
        case.make(use_cudnn=True)(random(2, 5, FEATURES))


@each_layer
def test_cudnn_may_be_declined(case):
    x = random(2, 5, FEATURES)
    one, other = case.make(use_cudnn=False), case.make(use_cudnn="auto")
    other.build(x.shape)
    one.build(x.shape)
    one.set_weights(other.get_weights())
    assert_close(one(x), other(x), 0)
