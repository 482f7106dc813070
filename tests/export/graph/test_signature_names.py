"""The names of a model's inputs, outputs and states: all different, and taken by every runtime."""

import keras
import numpy as np
import pytest

from seqzoo import layers
from seqzoo.export import TFLiteFile, export_saved_model, export_tflite, model_signatures
from seqzoo.export.parity.c_runtime import Call, run_signatures


def of_outputs(outputs):
    """A model whose outputs are constants 1, 2, 3, ... in the order of its own flat outputs."""
    x = keras.Input((None, 4), name="frames")
    paths = keras.tree.flatten(outputs)
    constants = [
        keras.layers.Dense(1, kernel_initializer="zeros", bias_initializer=constant(n))(x)
        for n in range(1, len(paths) + 1)
    ]
    return keras.Model(x, keras.tree.pack_sequence_as(outputs, constants))


def constant(value):
    return keras.initializers.Constant(value)


def of_inputs(*names):
    """A model that weighs its inputs by 1, 10, 100, ..."""
    inputs = [keras.Input((None, 1), name=name) for name in names]
    return keras.Model(inputs, sum(10**n * tensor for n, tensor in enumerate(inputs)))


@pytest.mark.parametrize(
    ("outputs", "names"),
    [
        ({"tag-1": 0, "tag_1": 0}, ["tag_1_2", "tag_1"]),
        ({"tag.1": 0, "tag_1": 0, "tag_1_2": 0}, ["tag_1_3", "tag_1", "tag_1_2"]),
        ({"a": {"b": 0}, "a_b": 0}, ["a_b", "a_b_2"]),
        ({"p": [0, {"q": 0}], "p_0": 0}, ["p_0", "p_1_q", "p_0_2"]),
        ({"Tag": 0, "tag": 0}, ["Tag", "tag"]),
        ({"1": 0, "class": 0, "emoção": 0, "语": 0}, ["output_1", "class", "emocao", "output"]),
        ([0, [0, 0]], None),
    ],
    ids=str,
)
def test_every_output_has_a_name_of_its_own(outputs, names):
    answer = model_signatures(of_outputs(outputs))["sequence"].expected(
        {"frames": np.ones((1, 2, 4), "float32")}
    )
    assert [int(values[0, 0, 0]) for values in answer.values()] == [*range(1, len(answer) + 1)]
    assert len(answer) == len(keras.tree.flatten(outputs))
    assert names is None or list(answer) == names


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["in-1", "in_1"], ["in_1_2", "in_1"]),
        (["emoção", "1x", "_x"], ["emocao", "input_1x", "input_x"]),
        (["in", "class", "self"], ["in_", "class_", "self_"]),
        (["a b", "a.b"], ["a_b", "a_b_2"]),
        # TensorFlow knows no difference between them.
        (["X", "x"], ["X", "x_2"]),
        (["args", "kwargs", "inputs", "signature"], ["args", "kwargs", "inputs", "signature"]),
        (["特", "征"], ["input", "input_2"]),
    ],
    ids=str,
)
def test_every_input_has_a_name_of_its_own(given, names):
    signature = model_signatures(of_inputs(*given))["sequence"]
    assert list(signature.inputs) == names
    values = {name: np.full((1, 1, 1), n, "float32") for n, name in enumerate(names, start=1)}
    expected = sum(10**n * (n + 1) for n in range(len(names)))
    assert signature.expected(values)["outputs"].item() == expected


def test_states_have_names_of_their_own():
    x = keras.Input((None, 4), name="gru_h")
    y = keras.layers.GRU(2, return_sequences=True, name="gru")(x)
    z = layers.LSTM(2, return_sequences=True, name="1-lstm")(y)
    model = keras.Model(x, {"gru_h_2": y, "GRU-H": z})
    step = model_signatures(model)["step"]
    assert list(step.inputs) == ["gru_h", "gru_h_3", "state_1_lstm_h", "state_1_lstm_c"]
    assert list(step.outputs) == ["GRU_H", "gru_h_2", *list(step.inputs)[1:]]


def exported(model, folder):
    """Functions that run a signature in either runtime."""
    done = export_saved_model(model, folder / "model")
    file = TFLiteFile(export_tflite(model, folder / "model.tflite").path)
    return [
        lambda signature, inputs: run_signatures(done.path, [Call(signature, inputs)])[0],
        lambda signature, inputs: file.run(signature, **inputs),
    ]


@pytest.mark.slow
def test_outputs_in_both_runtimes(tmp_path):
    model = of_outputs({"tag-1": 0, "tag_1": 0, "Tag_1": 0, "class": 0, "b": {"c": 0}, "b_c": 0})
    expected = {"Tag_1": 1, "b_c": 2, "b_c_2": 3, "class": 4, "tag_1_2": 5, "tag_1": 6}
    for run in exported(model, tmp_path):
        for signature, shape in {"sequence": (2, 3, 4), "step": (2, 4)}.items():
            answer = run(signature, {"frames": np.ones(shape, "float32")})
            assert {name: values.flat[0] for name, values in answer.items()} == expected


def test_inputs_in_both_runtimes(tmp_path):
    names = ["in-1", "in_1", "emoção", "1x", "class", "self", "signature"]
    inputs = {
        name: np.full((1, 2, 1), n, "float32")
        for n, name in enumerate(
            ["in_1_2", "in_1", "emocao", "input_1x", "class_", "self_", "signature"], start=1
        )
    }
    for run in exported(of_inputs(*names), tmp_path):
        assert run("sequence", inputs)["outputs"].flat[0] == 7654321
