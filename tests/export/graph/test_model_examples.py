"""The inputs that a model is compared on: built-in ones that it can take, and those of the user."""

import keras
import numpy as np
import pytest

from seqzoo import layers
from seqzoo.export import ExportError, export_saved_model, export_tflite, model_signatures
from tests.contracts.model_cases import NOTE_GENERATOR

K = keras.layers


def frames(*stack):
    return keras.Sequential([keras.Input((None, 5), name="frames"), *stack])


def convolution():
    return frames(K.Conv1D(8, 3), K.MaxPooling1D(2), K.LSTM(6))


def strides():
    return frames(K.Conv1D(4, 5, strides=3), K.AveragePooling1D(4), layers.GRU(3))


def groups_of_four():
    return frames(K.Reshape((-1, 4, 5)), K.TimeDistributed(K.Flatten()), layers.GRU(3))


def down_and_up():
    x = keras.Input((None, 5), name="frames")
    y = K.UpSampling1D(3)(K.MaxPooling1D(3)(x))
    return keras.Model(x, layers.GRU(3)(K.Concatenate()([x, y])))


def sound():
    return keras.Sequential(
        [keras.Input((None, 1), name="frames"), K.Conv1D(2, 400, strides=160), layers.GRU(3)]
    )


def two_inputs():
    x, y = keras.Input((None, 5), name="frames"), keras.Input((None, 2), name="in-2")
    return keras.Model([x, y], layers.GRU(3)(K.Conv1D(3, 4)(K.Concatenate()([x, y]))))


class AtMost(K.Layer):
    """Refuses more than 25 steps, as learned positions do."""

    def call(self, x):
        if x.shape[1] is not None and x.shape[1] > 25:
            raise ValueError("There are positions for 25 time steps alone.")
        return x


class Large(K.Layer):
    """Refuses values by a look at them."""

    def call(self, x):
        # A tensor of a graph has no values.
        if hasattr(x, "numpy") and np.any(x.numpy() < 100):
            raise ValueError("A value is below 100.")
        return x


@pytest.mark.representative("<lambda>-lengths0", "down_and_up-lengths4", "<lambda>-lengths7")
@pytest.mark.parametrize(
    ("make", "lengths"),
    [
        (lambda: frames(layers.GRU(3)), [20, 31, 1, 70]),
        (convolution, [20, 31, 4, 70]),
        (strides, [20, 31, 14, 70]),
        (groups_of_four, [20, 32, 4, 72]),
        (down_and_up, [21, 33, 3, 72]),
        (two_inputs, [20, 31, 4, 70]),
        (sound, [512, 512]),
        (lambda: frames(AtMost(), layers.GRU(3)), [20, 1]),
    ],
)
def test_lengths_are_such_as_the_model_takes(make, lengths):
    examples = model_signatures(make())["sequence"].examples
    assert [example["frames"].shape[1] for example in examples] == lengths
    assert {len({array.shape[:2] for array in example.values()}) for example in examples} == {1}


@pytest.mark.representative("convolution")
@pytest.mark.parametrize("make", [convolution, two_inputs])
def test_a_convolution_before_a_recurrent_layer_is_exported(make, tmp_path):
    for done in (
        export_tflite(make(), tmp_path / "m.tflite"),
        export_saved_model(make(), tmp_path / "m"),
    ):
        assert {c.signature for c in done.report.comparisons} == {"sequence"}
        assert {c.examples for c in done.report.comparisons} == {4}


def test_a_model_that_takes_none_says_what_to_do(tmp_path):
    model = frames(Large(), layers.GRU(3))
    message = "pass examples=, .* Keras says: .*A value is below 100"
    with pytest.raises(ExportError, match=message):
        export_tflite(model, tmp_path / "m.tflite")
    assert not any(tmp_path.iterdir())
    given = np.full([2, 6, 5], 200.0)
    report = export_tflite(model, tmp_path / "m.tflite", examples=given).report
    assert {c.examples for c in report.comparisons if c.signature == "sequence"} == {1}


def test_the_fused_form_runs_given_examples_row_by_row(tmp_path):
    model = frames(layers.LSTM(3))
    examples = [np.ones([3, 6, 5]), np.zeros([1, 2, 5])]
    report = export_tflite(model, tmp_path / "m.tflite", form="fused", examples=examples).report
    assert {c.examples for c in report.comparisons} == {4}


X = np.random.default_rng(0).random([2, 9, 5])
Y = np.random.default_rng(1).random([2, 9, 2])


@pytest.mark.parametrize(
    "given",
    [X, [X], [[X]], (X,), [{"frames": X}], {"frames": X}, [X.tolist()], iter([X])],
    ids=["array", "list", "nested", "tuple", "dicts", "dict", "numbers", "iterator"],
)
def test_examples_of_one_input(given):
    (example,) = model_signatures(convolution(), given)["sequence"].examples
    np.testing.assert_array_equal(example["frames"], X.astype("float32"))
    assert example["frames"].dtype == np.float32


@pytest.mark.parametrize(
    "given",
    [[X, Y], (X, Y), [(X, Y)], [{"frames": X, "in_2": Y}], {"frames": X, "in-2": Y}],
    ids=["arrays", "tuple", "list", "dicts", "names of the model"],
)
def test_examples_of_several_inputs(given):
    (example,) = model_signatures(two_inputs(), given)["sequence"].examples
    assert {name: array.shape for name, array in example.items()} == {
        "frames": (2, 9, 5),
        "in_2": (2, 9, 2),
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "examples is empty"),
        ([X, {"x": X}], r"examples\[1\] must have an array for each .*\['frames'\], but has \['x'"),
        ([[X, X]], r"examples\[0\] must have .*\['frames'\], but has 2 arrays"),
        (X[0], r"'frames' of examples\[0\] must be of shape \(None, None, 5\), .*\(9, 5\)"),
        (X[:0], "must be of shape .* but is of shape"),
        (X.astype(str), "must be float32, but is <U"),
        ([None], "must be float32, but is object"),
        (3, "must be of shape"),
        ([[1, [2, 3]]], "must be float32, but is not an array"),
        (X[:, :2], r"The model cannot run examples\[0\]: "),
    ],
)
def test_examples_that_the_model_cannot_take(given, message):
    with pytest.raises(ExportError, match=message):
        model_signatures(convolution(), given)


def test_examples_where_signatures_bring_their_own(tmp_path):
    signatures = model_signatures(convolution())
    with pytest.raises(
        ExportError, match="examples are not for a model with signatures of your own"
    ):
        export_saved_model(convolution(), tmp_path / "m", signatures=signatures, examples=X)
    for export in (export_saved_model, export_tflite):
        with pytest.raises(ExportError, match="examples are not for a task of the zoo"):
            export(NOTE_GENERATOR.make(), tmp_path / "m.tflite", examples=X)
