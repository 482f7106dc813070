"""Bad arguments are refused by name, before anything is computed."""

import numpy as np
import pytest

from seqzoo.layers import Bidirectional
from tests.contracts.layer_cases import FEATURES, assert_close, each_layer, random

BAD_ARGUMENTS = [
    *(("units", value) for value in (0, -1, 2.5, True, "four", None, float("nan"))),
    *(("dropout", value) for value in (1.5, -0.1, float("nan"))),
    *(("recurrent_dropout", value) for value in (1.5, -0.1)),
    ("use_cudnn", True),
    ("use_cudnn", "never"),
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
def test_cudnn_may_be_declined(case):
    x = random(2, 5, FEATURES)
    one, other = case.make(use_cudnn=False), case.make(use_cudnn="auto")
    other.build(x.shape)
    one.build(x.shape)
    one.set_weights(other.get_weights())
    assert_close(one(x), other(x), 0)
