"""Contestants: compared layers as functions that run one training step or one forward pass.

All have the same weights and inputs: float32, as many features as units, and the outputs of all
time steps.

- `ours`, and for a PeepholeLSTM also `our LSTM`;
- `keras`, the layer of `keras.layers`, in a graph, the default of `fit` and `predict` on a CPU, and
  `keras jit`, the same with `jit_compile=True`. Keras has no PeepholeLSTM: for it,
  `keras.layers.RNN` runs a cell;
- `torch`, the module of `torch.nn`, if PyTorch is installed. It gets its native time-major layout,
  so that transpositions do not count.
"""

import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from seqzoo import layers

KINDS = {
    "training": ("ours", "keras", "keras jit", "torch", "our LSTM"),
    "forward": ("ours", "keras", "keras jit", "torch", "our LSTM"),
    # A graph for any runtime: without XLA.
    "exported": ("ours", "keras"),
}


class Size(NamedTuple):
    """The input size of a layer: `(batch, time, units)`, with as many features as units."""

    batch: int
    time: int
    units: int


class Contestant(NamedTuple):
    """A layer ready to run.

    Attributes:
        run: Runs it once.
        read: Converts the result of `run` to arrays: the output `(batch, time, units)`, and in
            training the gradients by the input and by every weight, in Keras's layout.
    """

    run: Callable
    read: Callable


class PeepholeCell(keras.layers.LSTMCell):
    """A peephole cell (Gers & Schmidhuber 2000) as a user of Keras would write it."""

    def build(self, input_shape):
        """Creates the LSTM's weights and the peepholes of the gates i, f, o."""
        super().build(input_shape)
        self.peepholes = self.add_weight(shape=(3, self.units), name="peepholes")

    def call(self, inputs, states, training=False):
        """Runs one time step."""
        h, c = states
        gates = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel) + self.bias
        i, f, g, o = ops.split(gates, 4, axis=1)
        i = ops.sigmoid(i + self.peepholes[0] * c)
        f = ops.sigmoid(f + self.peepholes[1] * c)
        c = f * c + i * ops.tanh(g)
        o = ops.sigmoid(o + self.peepholes[2] * c)
        h = o * ops.tanh(c)
        return h, [h, c]


@dataclass(frozen=True)
class Case:
    """A layer in seqzoo and other libraries.

    Attributes:
        ours: Makes our layer from the number of units.
        keras: Makes Keras's layer.
        gates: The number of gates in the products of a step.
        torch: The name in `torch.nn`, if it exists.
        directions: 2 for a bidirectional layer.
    """

    ours: Callable
    keras: Callable
    gates: int
    torch: str | None = None
    directions: int = 1


def _sequences(layer):
    return functools.partial(layer, return_sequences=True)


def _both_ways(wrapper, layer):
    return lambda units: wrapper(layer(units, return_sequences=True))


CASES = {
    "LSTM": Case(_sequences(layers.LSTM), _sequences(keras.layers.LSTM), 4, "LSTM"),
    "GRU": Case(_sequences(layers.GRU), _sequences(keras.layers.GRU), 3, "GRU"),
    "SimpleRNN": Case(
        _sequences(layers.SimpleRNN), _sequences(keras.layers.SimpleRNN), 1, torch="RNN"
    ),
    "PeepholeLSTM": Case(
        _sequences(layers.PeepholeLSTM),
        lambda units: keras.layers.RNN(PeepholeCell(units), return_sequences=True),
        4,
    ),
    "Bidirectional": Case(
        _both_ways(layers.Bidirectional, layers.LSTM),
        _both_ways(keras.layers.Bidirectional, keras.layers.LSTM),
        4,
        "LSTM",
        directions=2,
    ),
}


def contestants(layer, kind):
    """Returns the names of the contestants for a layer of `CASES`."""
    absent = set()
    if CASES[layer].torch is None or importlib.util.find_spec("torch") is None:
        absent.add("torch")
    if layer != "PeepholeLSTM":
        absent.add("our LSTM")
    return [name for name in KINDS[kind] if name not in absent]


def make_contestant(name, layer, kind, size):
    """Makes a contestant for a layer of `CASES`.

    Args:
        name: See the top of the file.
        layer: A name in `CASES`.
        kind: A name in `KINDS`.
        size: `Size`.

    Returns:
        `Contestant`.
    """
    case = CASES["LSTM" if name == "our LSTM" else layer]
    if name == "torch":
        return _torch_contestant(case, kind, size)
    make = case.keras if name.startswith("keras") else case.ours
    contestants = {"training": _training, "forward": _forward, "exported": _exported}
    return contestants[kind](make(size.units), size, name.endswith("jit"))


def inputs(size):
    """Returns the input sequence `(batch, time, features)`."""
    return _random(size.batch, size.time, size.units)


def output_gradients(size, directions):
    """Returns the gradient by the output `(batch, time, directions * units)`."""
    return _random(size.batch, size.time, directions * size.units, seed=1)


def _random(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, dtype="float32")


def set_weights(layer):
    """Sets the common weights for layers of a kind and size.

    They are drawn so that no gate saturates and no state vanishes, even in long sequences.
    """
    layer.set_weights(
        [
            _random(*w.shape, seed=10 + n) * (0.5 / w.shape[0] ** 0.5 if len(w.shape) > 1 else 0.1)
            for n, w in enumerate(layer.weights)
        ]
    )


def _arrays(results):
    return [np.asarray(tensor) for tensor in results]


def _training(layer, size, jit):
    x = tf.constant(inputs(size))
    layer.build(x.shape)
    set_weights(layer)
    weights = [weight.value for weight in layer.trainable_weights]
    directions = 2 if isinstance(layer, keras.layers.Bidirectional) else 1
    d_outputs = tf.constant(output_gradients(size, directions))

    @tf.function(jit_compile=jit or None, autograph=False)
    def step(x, d_outputs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
        return [outputs, *tape.gradient(outputs, [x, *weights], output_gradients=d_outputs)]

    return Contestant(functools.partial(step, x, d_outputs), _arrays)


def _forward(layer, size, jit):
    x = tf.constant(inputs(size))
    batch = keras.Input(x.shape[1:])
    model = keras.Model(batch, layer(batch))
    set_weights(layer)
    model.compile(jit_compile=True if jit else "auto")
    # `predict` would spend more on NumPy arrays and callbacks than a small layer takes.
    model.make_predict_function()
    return Contestant(lambda: model.predict_function([(x,)]), lambda outputs: [np.asarray(outputs)])


def _exported(layer, size, jit):
    x = tf.constant(inputs(size))
    layer.build(x.shape)
    set_weights(layer)
    run = tf.function(lambda x: layer(x), jit_compile=jit or None, autograph=False)
    return Contestant(functools.partial(run, x), lambda outputs: [np.asarray(outputs)])


def _torch_contestant(case, kind, size):
    # Only this contestant needs PyTorch.
    from torch_layer import TorchLayer

    layer = case.keras(size.units)
    layer.build((size.batch, size.time, size.units))
    set_weights(layer)
    torch_layer = TorchLayer(case.torch, layer.get_weights(), case.directions)
    x = inputs(size)
    if kind == "training":
        return Contestant(*torch_layer.training(x, output_gradients(size, case.directions)))
    return Contestant(*torch_layer.forward(x))
