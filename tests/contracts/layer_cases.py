"""The registry of the layer contract, and what its tests share.

A new recurrent layer is one more `LayerCase` in `CASES`; every test marked `each_layer` then runs
on it, and every test marked `each_loop` in the exhaustive run.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from tests.contracts import numpy_reference

# All different, so that no transposed or misplaced axis fits by chance.
BATCH, TIME, FEATURES, UNITS = 2, 5, 4, 3

# float32 rounds at 6e-8; products of another shape add in another order, which is the processor's,
# and a layer normalisation divides by small deviations. A wrong term shows at 1e-3 and above.
FLOAT32 = 1e-5


@dataclass(frozen=True)
class LayerCase:
    """A layer, its equations in NumPy, and its model in Keras.

    Attributes:
        name: The name in the test report.
        layer: The layer's class.
        step: The step of `numpy_reference` that the layer must reproduce.
        state_count: How many states the layer has.
        keras_layer: The class of `keras.layers` that the layer stands in for, if there is one.
        arguments: Constructor arguments of both classes that make this case.
        variant: Constructor arguments with which the layer computes something else, without
            bounds where that is possible. A layer of which the activation is not an argument
            names another one.
        surrogate_gradients: For a layer whose gradients are not the derivatives of its step, so
            that finite differences cannot be their reference: the backward pass in
            `numpy_reference`.
        fit_epochs: Epochs after which a short fit has halved the loss.
        candidate: The position of the candidate among the gates.
    """

    name: str
    layer: type
    step: Callable
    state_count: int
    keras_layer: type | None = None
    arguments: dict = field(default_factory=dict)
    variant: dict = field(default_factory=lambda: {"activation": "relu"})
    surrogate_gradients: Callable | None = None
    fit_epochs: int = 10
    candidate: int = 2

    def make(self, **arguments):
        return self.layer(UNITS, **self.arguments, **arguments)

    def make_cell(self, **arguments):
        return self.layer.cell_class(UNITS, **self.arguments, **arguments)

    def make_keras(self, **arguments):
        return self.keras_layer(UNITS, **self.arguments, **arguments)

    def make_states(self, batch=BATCH, dtype="float64"):
        return [random(batch, UNITS, seed=90 + n, dtype=dtype) for n in range(self.state_count)]


CASES = [
    LayerCase(
        "SimpleRNN", layers.SimpleRNN, numpy_reference.elman, 1, keras_layer=keras.layers.SimpleRNN
    ),
    LayerCase("LSTM", layers.LSTM, numpy_reference.lstm, 2, keras_layer=keras.layers.LSTM),
    LayerCase("PeepholeLSTM", layers.PeepholeLSTM, numpy_reference.peephole_lstm, 2),
    LayerCase("LayerNormLSTM", layers.LayerNormLSTM, numpy_reference.layer_norm_lstm, 2),
    *(
        LayerCase(
            f"LIF-{reset}",
            layers.LIF,
            step,
            2,
            arguments={"reset": reset},
            # Spikes are zeros and ones, whatever the arguments.
            variant={"decay": 0.5},
            surrogate_gradients=numpy_reference.lif_gradients,
            # Three units that spike or not have eight outputs to fit real numbers with.
            fit_epochs=20,
        )
        for reset, step in {
            "subtract": numpy_reference.lif_subtract,
            "zero": numpy_reference.lif_zero,
        }.items()
    ),
    LayerCase(
        "GRU-reset-after",
        layers.GRU,
        numpy_reference.gru_reset_after,
        1,
        keras_layer=keras.layers.GRU,
    ),
    LayerCase(
        "GRU-reset-before",
        layers.GRU,
        numpy_reference.gru_reset_before,
        1,
        keras_layer=keras.layers.GRU,
        arguments={"reset_after": False},
    ),
    LayerCase("GRU-chung", layers.GRU, numpy_reference.gru_chung, 1, arguments={"form": "chung"}),
]

# Where the loop over time is the subject, which is one for all cells: two states, one, and spikes.
STAND_FOR_ALL = ("LSTM", "GRU-reset-after", "LIF-zero")


def _parametrize(cases):
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.name)


def _exhaustive_unless_for_all(case):
    return pytest.param(case, marks=[] if case.name in STAND_FOR_ALL else pytest.mark.exhaustive)


each_layer = _parametrize(CASES)
each_loop = _parametrize([_exhaustive_unless_for_all(case) for case in CASES])
each_keras_layer = _parametrize([case for case in CASES if case.keras_layer])
each_single_state_layer = _parametrize([case for case in CASES if case.state_count == 1])


def random(*shape, seed=0, dtype="float64"):
    """Normal numbers of a size at which no gate saturates and none is linear."""
    return np.random.default_rng(seed).normal(scale=0.7, size=shape).astype(dtype)


def random_weights(layer, seed=1):
    """Distinct random values for every weight of a built layer."""
    return [
        random(*weight.shape, seed=100 * seed + n) for n, weight in enumerate(layer.get_weights())
    ]


def randomize(layer, seed=1, features=FEATURES):
    """Builds a layer, if it is not built, and gives it `random_weights`."""
    if not layer.built:
        layer.build((BATCH, TIME, features))
    layer.set_weights(random_weights(layer, seed))
    return layer


def mix(arrays):
    """A sum of all numbers in arrays or tensors, each with a factor of its own."""
    factors = mix_factors(arrays)
    return sum(tf.reduce_sum(a * factor) for a, factor in zip(arrays, factors, strict=True))


def mix_factors(arrays):
    """The factors of `mix`: its gradients by the arrays."""
    return [random(*a.shape, seed=50 + n, dtype=a.dtype.name) for n, a in enumerate(arrays)]


def run_with_gradients(layer, x, states, **call):
    """Runs a layer with `return_state`: its answers, and the gradients of their `mix`.

    Returns:
        The answers, outputs first, and the gradients by x, the states and the weights.
    """
    x, *states = [tf.convert_to_tensor(array) for array in (x, *states)]
    with tf.GradientTape() as tape:
        tape.watch([x, states])
        answers = layer(x, initial_state=states, **call)
        value = mix(answers)
    return answers, tape.gradient(value, [x, *states, *layer.trainable_weights])


def assert_close(actual, expected, tolerance):
    """Compares nested arrays or tensors; the tolerance is absolute for numbers up to one."""
    actual, expected = keras.tree.flatten(actual), keras.tree.flatten(expected)
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(
            np.asarray(a), np.asarray(e), rtol=tolerance, atol=tolerance, equal_nan=False
        )


def constructor(of):
    """The signature of a class's constructor.

    Python 3.11.2 shows that of `__new__`, which Keras defines as `(*args, **kwargs)`, unless the
    class says its signature itself, as our layers do.
    """
    if "__signature__" in dir(of):
        return inspect.signature(of)
    signature = inspect.signature(of.__init__)
    return signature.replace(parameters=list(signature.parameters.values())[1:])
