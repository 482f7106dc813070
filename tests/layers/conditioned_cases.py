"""The layers that map one thing to a sequence, in cases that share their tests."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import pytest

from seqzoo.layers import GRU, LSTM, Bidirectional, GRUCell, LSTMCell, PeepholeLSTM, SimpleRNN
from seqzoo.layers.encoder_decoder import EncoderDecoder
from seqzoo.layers.one_to_many import OneToMany
from tests.contracts.layer_cases import random, random_weights

# All different, so that no transposed or misplaced axis fits by chance.
BATCH, SOURCE_TIME, TIME, SOURCE_FEATURES, FEATURES, UNITS = 2, 6, 5, 7, 4, 3

SOURCE = (SOURCE_TIME, SOURCE_FEATURES)
VECTOR = (SOURCE_FEATURES,)


@dataclass(frozen=True)
class ConditionedCase:
    """A layer around a decoder.

    Attributes:
        name: The name in the test report.
        first_shape: The shape of the first input, without the batch.
        wrap: Makes the layer of a decoder, with further arguments for all layers inside.
    """

    name: str
    first_shape: tuple
    wrap: Callable

    def make(self, decoder, **arguments):
        """The layer of a decoder, built, with distinct random weights."""
        layer = self.wrap(decoder, **arguments)
        layer.build([(None, *self.first_shape), (None, None, FEATURES)])
        layer.set_weights(random_weights(layer))
        return layer

    def inputs(self, batch=BATCH, dtype="float64"):
        """Values for both inputs."""
        return [
            random(batch, *self.first_shape, seed=1, dtype=dtype),
            random(batch, TIME, FEATURES, seed=2, dtype=dtype),
        ]

    def symbolic_inputs(self):
        """Keras inputs of unknown batch and time."""
        first = (None, SOURCE_FEATURES) if self.first_shape == SOURCE else self.first_shape
        return [keras.Input(first), keras.Input((None, FEATURES))]


def start(layer, first, **call):
    """The states that the first input leaves."""
    return layer.start(first, **call) if isinstance(layer, OneToMany) else layer.encode(first)


CASES = [
    ConditionedCase(
        "gru-encoder",
        SOURCE,
        lambda decoder, **arguments: EncoderDecoder(
            GRU(2, return_state=True, **arguments), decoder, bridge="dense", **arguments
        ),
    ),
    ConditionedCase(
        "bidirectional-encoder",
        SOURCE,
        lambda decoder, **arguments: EncoderDecoder(
            Bidirectional(LSTM(2, return_state=True, **arguments), **arguments),
            decoder,
            **arguments,
        ),
    ),
    ConditionedCase(
        "initial-state",
        VECTOR,
        lambda decoder, **arguments: OneToMany(decoder, "initial_state", **arguments),
    ),
    ConditionedCase(
        "first-input",
        VECTOR,
        lambda decoder, **arguments: OneToMany(decoder, "first_input", **arguments),
    ),
]


@keras.saving.register_keras_serializable("seqzoo_tests")
class SteppingLayer(keras.layers.Layer):
    """Two recurrent layers as one, without a cell of its own: it has `step` instead."""

    return_sequences = True

    def __init__(self, return_state=False, **kwargs):
        super().__init__(**kwargs)
        self.return_state = return_state
        options = {"return_sequences": True, "return_state": True, "dtype": self.dtype_policy}
        self.below, self.above = GRU(2, **options), LSTM(UNITS, **options)

    def build(self, shape):
        self.below.build(shape)
        self.above.build((*shape[:2], 2))

    def get_initial_state(self, batch_size):
        return [layer.get_initial_state(batch_size) for layer in (self.below, self.above)]

    def call(self, sequences, initial_state, mask=None, training=False):
        below, above = initial_state
        call = {"mask": mask, "training": training}
        x, *below = self.below(sequences, initial_state=list(below), **call)
        x, *above = self.above(x, initial_state=list(above), **call)
        return (x, below, above) if self.return_state else x

    def step(self, inputs, states):
        below, above = states
        x, below = self.below.cell(inputs, list(below))
        x, above = self.above.cell(x, list(above))
        return x, [below, above]

    def compute_output_shape(self, shape, initial_state_shape=None):
        return (*shape[:2], UNITS)


DECODERS = {
    "SimpleRNN": lambda **arguments: SimpleRNN(UNITS, **arguments),
    "GRU": lambda **arguments: GRU(UNITS, **arguments),
    "LSTM": lambda **arguments: LSTM(UNITS, **arguments),
    "PeepholeLSTM": lambda **arguments: PeepholeLSTM(UNITS, **arguments),
    "keras-GRU": lambda **arguments: keras.layers.GRU(UNITS, **arguments),
    "keras-LSTM": lambda **arguments: keras.layers.LSTM(UNITS, **arguments),
    "keras-RNN": lambda dtype=None, **arguments: keras.layers.RNN(
        LSTMCell(UNITS, dtype=dtype), dtype=dtype, **arguments
    ),
    "keras-RNN-of-two-cells": lambda dtype=None, **arguments: keras.layers.RNN(
        [GRUCell(2, dtype=dtype), LSTMCell(UNITS, dtype=dtype)], dtype=dtype, **arguments
    ),
    "stepping-layer": lambda return_sequences, **arguments: SteppingLayer(**arguments),
}

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
# One of ours, one of Keras's, and one whose states are nested.
SOME_DECODERS = ("LSTM", "keras-GRU", "keras-RNN-of-two-cells")
each_decoder = pytest.mark.parametrize(
    "decoder",
    [
        pytest.param(name, marks=[] if name in SOME_DECODERS else pytest.mark.exhaustive)
        for name in DECODERS
    ],
)
some_decoders = pytest.mark.parametrize("decoder", SOME_DECODERS)

PLAIN = {"return_sequences": True, "dtype": "float64"}


def run_in_steps(layer, inputs):
    """All outputs and the final states, one time step at a time."""
    first, sequence = inputs
    states, outputs = start(layer, first), []
    for t in range(sequence.shape[1]):
        output, states = layer.step(sequence[:, t], states)
        outputs.append(np.asarray(output))
    return np.stack(outputs, axis=1), states
