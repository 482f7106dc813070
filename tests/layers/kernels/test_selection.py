"""Which kernel a layer runs on, where."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo import layers
from seqzoo.layers.kernels import compiled, selection, targets
from seqzoo.layers.kernels.time_loop import TimeLoop
from tests.contracts.layer_cases import (
    FEATURES,
    FLOAT32,
    TIME,
    UNITS,
    assert_close,
    random,
    randomize,
)
from tests.layers.kernels.graphs import is_compiled, is_saved_compiled

ROWS = 3
X = random(ROWS, TIME, FEATURES, dtype="float32")
Y = random(ROWS, 1, seed=1, dtype="float32")
COMPILED, PORTABLE = {"run_backpropagation"}, {"run_portable"}


@pytest.fixture
def kernels(monkeypatch):
    """The names of the kernels that have run or been traced."""
    used = set()

    def watch(name):
        kernel = getattr(selection, name)

        def watched(*arguments):
            used.add(name)
            return kernel(*arguments)

        monkeypatch.setattr(selection, name, watched)

    for name in ("run_portable", "run_backpropagation", "run_cudnn"):
        watch(name)
    return used


def train_in_graph(layer):
    return tf.function(lambda x: layer(x, training=True))


def make_model():
    """A small model that is compiled for training."""
    inputs = keras.Input((None, FEATURES))
    model = keras.Model(inputs, keras.layers.Dense(1)(layers.SimpleRNN(UNITS)(inputs)))
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("training", [False, True])
def test_eager_runs_the_cell(kernels, training):
    layers.LSTM(UNITS)(X, training=training)
    assert kernels == PORTABLE


def test_graph_of_training_is_compiled_and_one_of_inference_is_not(kernels):
    layer = layers.SimpleRNN(UNITS)
    train_in_graph(layer).get_concrete_function(X)
    assert kernels == COMPILED
    kernels.clear()
    graph = tf.function(layer).get_concrete_function(X)
    assert kernels == PORTABLE
    assert not is_compiled(graph.graph.as_graph_def())


def test_trainer_compiles(kernels):
    model = make_model()
    for method in (lambda: model.fit(X, Y, verbose=0), lambda: model.evaluate(X, Y, verbose=0)):
        kernels.clear()
        method()
        assert kernels == COMPILED
    kernels.clear()
    actual = model.predict(X, verbose=0)
    assert kernels == COMPILED
    assert_close(actual, model(X), FLOAT32)


def test_run_eagerly_runs_the_cell(kernels):
    model = make_model()
    model.compile("sgd", "mse", run_eagerly=True)
    kernels.clear()
    model.fit(X, Y, verbose=0)
    assert kernels == PORTABLE


def test_portable_goes_before_everything(kernels):
    layer = randomize(layers.SimpleRNN(UNITS))
    with targets.portable():
        graph = train_in_graph(layer).get_concrete_function(X)
    assert kernels == PORTABLE
    assert not is_compiled(graph.graph.as_graph_def())
    kernels.clear()
    train_in_graph(layer).get_concrete_function(X)
    assert kernels == COMPILED


class UnhashableActivation:
    __hash__ = None

    def __eq__(self, other):
        return True

    def __call__(self, x):
        return tf.sin(x)


class DoublingCell(layers.LSTMCell):
    def step(self, projected, states, training):
        return super().step(2 * projected, states, training)


class Doubling(layers.LSTM):
    cell_class = DoublingCell


@pytest.mark.parametrize(
    "make",
    [
        lambda: layers.LSTM(UNITS, unroll=True),
        lambda: layers.LSTM(UNITS, dtype="mixed_float16"),
        lambda: layers.LSTM(UNITS, dtype="mixed_bfloat16"),
        lambda: layers.LSTM(UNITS, activation=tf.sin),
        lambda: layers.LSTM(UNITS, recurrent_activation=UnhashableActivation()),
        lambda: Doubling(UNITS),
        lambda: layers.LayerNormLSTM(UNITS),
    ],
    ids=["unroll", "float16", "bfloat16", "activation", "unhashable", "own-step", "no-equations"],
)
def test_what_the_compiled_kernel_does_not_know_runs_the_cell(kernels, make):
    layer = make()
    layer.build(X.shape)
    expected = layer(X)
    kernels.clear()
    actual = train_in_graph(layer)(X)
    assert kernels == PORTABLE
    # The graph may round less often: half the bits of bfloat16.
    tolerance = FLOAT32 if layer.compute_dtype == "float32" else 0.02
    assert_close(tf.cast(actual, "float32"), tf.cast(expected, "float32"), tolerance)


def export_model(model, folder):
    model.export(folder, verbose=False)


def export_archive(model, folder):
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [keras.InputSpec(shape=(None, None, FEATURES), dtype="float32")]
    archive.add_endpoint("serve", model.__call__, input_signature=signature)
    archive.write_out(folder, verbose=False)


each_export = pytest.mark.parametrize(
    "export",
    [export_model, export_archive, lambda m, folder: tf.saved_model.save(m, folder)],
    ids=["model", "archive", "saved_model"],
)


@pytest.mark.representative("saved_model")
@each_export
def test_export_after_training_needs_no_compiler(export, tmp_path):
    model = make_model()
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    export(model, str(tmp_path))
    assert not is_saved_compiled(tmp_path)


def test_export_while_training_needs_no_compiler(tmp_path):
    """A trainer is on the call stack then, but not one of its steps."""
    model = make_model()
    export = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: export_model(model, str(tmp_path))
    )
    model.fit(X, Y, verbose=0, callbacks=[export])
    assert not is_saved_compiled(tmp_path)


@pytest.mark.slow
def test_thirty_lengths_are_compiled_as_sixteen(monkeypatch):
    lengths = set()
    padded = compiled._padded

    def watched(run):
        answer = padded(run)
        with tf.control_dependencies([tf.py_function(watch, [answer.sequence], [])]):
            return answer._replace(sequence=tf.identity(answer.sequence))

    def watch(sequence):
        lengths.add(int(sequence.shape[1]))

    monkeypatch.setattr(compiled, "_padded", watched)

    def batches():
        for time in range(1, 31):
            yield random(2, time, FEATURES, dtype="float32"), Y[:2]

    specs = tf.TensorSpec([2, None, FEATURES]), tf.TensorSpec([2, 1])
    make_model().fit(tf.data.Dataset.from_generator(batches, output_signature=specs), verbose=0)
    assert lengths == {1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32}


def test_layers_of_a_size_share_their_programs(monkeypatch):
    traced = []
    forward = TimeLoop.forward
    monkeypatch.setattr(
        TimeLoop, "forward", lambda *arguments: traced.append(1) or forward(*arguments)
    )
    # A size that no other test has.
    x = random(ROWS, TIME, 11, dtype="float32")
    train_in_graph(layers.GRU(UNITS)).get_concrete_function(x)
    count = len(traced)
    assert count > 0
    train_in_graph(layers.GRU(UNITS)).get_concrete_function(x)
    assert len(traced) == count


def test_cudnn_where_there_is_none():
    layer = layers.LSTM(UNITS, use_cudnn=True)
    with pytest.raises(ValueError, match="`use_cudnn=True` needs a GPU"):
        layer(X)


def spoiled():
    x = X.copy()
    x[1, 2, 0] = np.nan
    return x


def test_garbage_in_training_is_named():
    layer = layers.SimpleRNN(UNITS, name="listener")
    with pytest.raises(
        tf.errors.InvalidArgumentError, match=r"listener.* must hold numbers .* NaN"
    ):
        train_in_graph(layer)(spoiled())


def test_a_model_that_diverged_is_left_to_its_loss():
    layer = layers.SimpleRNN(UNITS)
    layer.build(X.shape)
    layer.set_weights([np.full_like(weight, np.nan) for weight in layer.get_weights()])
    train_in_graph(layer)(spoiled())
