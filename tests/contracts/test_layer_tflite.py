"""Every layer in TFLite's interpreter: builtin operations only, any batch and time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from seqzoo.export.formats.tflite import TFLiteFile
from seqzoo.export.tflite.export import convert
from seqzoo.layers.kernels.targets import tflite
from seqzoo.zoo.base.signature import Signature
from tests.contracts.layer_cases import (
    FEATURES,
    FLOAT32,
    assert_close,
    each_keras_layer,
    each_layer,
    each_loop,
    random,
    randomize,
)

SEQUENCES = tf.TensorSpec([None, None, FEATURES])
MASKS = tf.TensorSpec([None, None], tf.bool)
# One time step, less than a block of the loop, exactly one, and more than two.
LENGTHS = [1, 5, 32, 70]


class Holder(keras.Model):
    """Layers that are saved together."""

    def __init__(self, parts):
        super().__init__()
        self.parts = parts
        self.built = True


def to_tflite(folder, parts):
    """Layers as signatures of one file: each a function of a sequence, and of a mask.

    Args:
        folder: Where to write it.
        parts: For every name the layer and whether it takes a mask.
    """

    def signature(layer, masked):
        def answer(x, mask=None):
            outputs = keras.tree.flatten(layer(x, mask=mask))
            return {f"output_{n}": output for n, output in enumerate(outputs)}

        inputs = {"x": SEQUENCES, "mask": MASKS} if masked else {"x": SEQUENCES}
        return Signature(answer, inputs, [])

    holder = Holder([layer for layer, _ in parts.values()])
    signatures = {name: signature(*part) for name, part in parts.items()}
    path = folder / "layer.tflite"
    path.write_bytes(convert(holder, signatures))
    return TFLiteFile(path)


def make_mask(batch, time):
    mask = np.random.default_rng(3).random((batch, time)) < 0.6
    mask[0] = False
    return mask


def assert_same_answers(file, parts, lengths=LENGTHS):
    assert not [name for name in file.operations() if ":" in name]
    for name, (layer, masked) in parts.items():
        for batch, time in enumerate(lengths, start=1):
            x = random(batch, time, FEATURES, dtype="float32")
            inputs = {"x": x, "mask": make_mask(batch, time)} if masked else {"x": x}
            answers = file.run(name, **inputs)
            expected = keras.tree.flatten(layer(x, mask=inputs.get("mask")))
            assert_close([answers[f"output_{n}"] for n in range(len(expected))], expected, FLOAT32)


FULL = {"return_sequences": True, "return_state": True}


@pytest.mark.representative("LSTM")
@each_loop
def test_a_layer(case, tmp_path):
    parts = {
        "sequences": (case.make(**FULL), False),
        "masked": (case.make(**FULL), True),
        "last": (case.make(go_backwards=True), True),
    }
    for layer, _ in parts.values():
        randomize(layer)
    assert_same_answers(to_tflite(tmp_path, parts), parts)


@pytest.mark.representative("PeepholeLSTM", "LIF-subtract", "GRU-reset-before")
@pytest.mark.slow
@each_layer
def test_a_layer_both_ways(case, tmp_path):
    parts = {
        "sequences": (layers.Bidirectional(case.make(return_sequences=True)), False),
        "zeroed": (case.make(return_sequences=True, zero_output_for_mask=True), True),
        "backwards": (case.make(**FULL, go_backwards=True), True),
        "last": (layers.Bidirectional(case.make(), merge_mode="sum"), True),
    }
    for layer, _ in parts.values():
        randomize(layer)
    assert_same_answers(to_tflite(tmp_path, parts), parts)


@pytest.mark.slow
@each_keras_layer
def test_a_layer_of_keras(case, tmp_path):
    parts = {
        "sequences": (case.make_keras(**FULL), False),
        "masked": (case.make_keras(**FULL), True),
        "both": (keras.layers.Bidirectional(case.make_keras(return_sequences=True)), True),
        "cell": (keras.layers.RNN(case.make_keras().cell, **FULL), True),
    }
    for layer, _ in parts.values():
        randomize(layer)
    assert_same_answers(to_tflite(tmp_path, parts), parts)


@pytest.mark.slow
def test_wrappers_of_layers(tmp_path):
    stack = layers.StackedRNN(
        [layers.GRU(3), layers.PeepholeLSTM(3)], residual=True, layer_norm=True, **FULL
    )
    cells = keras.layers.RNN([keras.layers.LSTMCell(3), layers.GRUCell(2)], return_sequences=True)
    parts = {"stack": (stack, True), "cells": (cells, False)}
    for layer, _ in parts.values():
        randomize(layer)
    assert_same_answers(to_tflite(tmp_path, parts), parts)


def test_outside_the_context_keras_keeps_its_loop():
    layer = randomize(keras.layers.SimpleRNN(3, return_sequences=True))
    x = random(2, 5, FEATURES, dtype="float32")
    with tflite():
        graph = tf.function(layer).get_concrete_function(x)
    operations = {
        node.op for f in graph.graph.as_graph_def().library.function for node in f.node_def
    }
    assert "XlaDynamicUpdateSlice" in operations
    assert_close(tf.function(layer)(x), layer(x), FLOAT32)
