"""Static shapes in a traced graph: as good as those of Keras's layers, from every kernel."""

import contextlib
import itertools

import keras
import pytest
import tensorflow as tf

from seqzoo import layers
from seqzoo.layers.kernels import targets
from tests.contracts.layer_cases import BATCH, CASES, FEATURES, TIME, UNITS

BOTH = {"return_sequences": True, "return_state": True}
LAYERS = {
    **{case.name: lambda case=case: case.make(**BOTH) for case in CASES},
    "Bidirectional": lambda: layers.Bidirectional(layers.LSTM(UNITS, **BOTH)),
    "StackedRNN": lambda: layers.StackedRNN([layers.LSTMCell(5), layers.GRUCell(UNITS)], **BOTH),
    "CRF": layers.CRF,
}
CONDITIONED = {
    "EncoderDecoder": lambda: layers.EncoderDecoder(
        layers.GRU(5, return_state=True), layers.LSTM(UNITS, **BOTH)
    ),
    "OneToMany": lambda: layers.OneToMany(layers.LSTM(UNITS, **BOTH), inject="first_input"),
}
STAND_FOR_ALL = ("LSTM", "LIF-zero", "Bidirectional", "StackedRNN")
# How a graph is traced decides which kernel it holds: whether it trains, and for what runtime.
KERNELS = {
    "portable": (False, contextlib.nullcontext),
    "export": (False, targets.portable),
    "tflite": (False, targets.tflite),
    "training": (True, contextlib.nullcontext),
}
SIZES = list(itertools.product([None, BATCH], [None, TIME]))

each_kernel = pytest.mark.parametrize("kernel", KERNELS)


def shapes_of(outputs):
    return [tuple(output.shape) for output in keras.tree.flatten(outputs)]


def traced_shapes(layer, kernel, *inputs, mask=None):
    """The shapes of the layer's outputs in a graph of these inputs."""
    training, target = KERNELS[kernel]
    training = {"training": training} if layer._call_has_training_arg else {}
    shapes = []

    def graph(inputs, mask):
        inputs = inputs[0] if len(inputs) == 1 else inputs
        outputs = layer(inputs, mask=mask, **training)
        shapes.extend(shapes_of(outputs))
        return outputs

    with target():
        tf.function(graph, autograph=False).get_concrete_function(
            [tf.TensorSpec(shape) for shape in inputs], mask
        )
    return shapes


@pytest.mark.representative(
    "LSTM-portable", "LIF-zero-training", "Bidirectional-tflite", "StackedRNN-export"
)
@each_kernel
@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in STAND_FOR_ALL else pytest.mark.exhaustive) for n in LAYERS],
)
def test_outputs_have_every_size_that_the_layer_promises(name, kernel):
    for batch, time in SIZES:
        layer, shape = LAYERS[name](), (batch, time, FEATURES)
        promised = shapes_of(layer(keras.Input(batch_shape=shape)))
        assert promised[0][:2] == (batch, time)
        for mask in (None, tf.TensorSpec(shape[:2], "bool")):
            assert traced_shapes(layer, kernel, shape, mask=mask) == promised


@pytest.mark.slow
@each_kernel
@pytest.mark.parametrize("name", CONDITIONED)
def test_outputs_of_conditioned_layers_have_every_size(name, kernel):
    for batch, time in SIZES:
        first = (batch, 7, 5) if name == "EncoderDecoder" else (batch, 5)
        layer, shapes = CONDITIONED[name](), [first, (batch, time, FEATURES)]
        promised = shapes_of(layer([keras.Input(batch_shape=shape) for shape in shapes]))
        assert promised[0] == (batch, time, UNITS)
        assert traced_shapes(layer, kernel, *shapes) == promised


@pytest.mark.representative(
    "{}-export",
    "{'gradient_steps': 2}-portable",
    "{'go_backwards': True}-tflite",
    "{'go_backwards': True}-training",
)
@each_kernel
@pytest.mark.parametrize("options", [{}, {"gradient_steps": 2}, {"go_backwards": True}], ids=str)
def test_the_last_output_as_in_keras(kernel, options):
    theirs = keras.layers.LSTM(UNITS, return_state=True)
    ours = layers.LSTM(UNITS, return_state=True, **options)
    for batch, time in SIZES:
        for mask in (None, tf.TensorSpec((batch, time), "bool")):
            shape = (batch, time, FEATURES)
            expected = traced_shapes(theirs, "portable", shape, mask=mask)
            assert traced_shapes(ours, kernel, shape, mask=mask) == expected
