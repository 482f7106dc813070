"""The signature `step`: offered where single steps answer what the sequence does."""

import keras
import numpy as np
import pytest
from keras import ops

from seqzoo import layers
from seqzoo.export import export_saved_model, export_tflite
from seqzoo.export.graph.signatures import step_signature
from seqzoo.export.graph.stream_proof import NoStepError

FEATURES = 4


class TwoSizesCell(keras.layers.Layer):
    """A cell whose output is not its state."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.state_size, self.output_size = 3, 2
        self.update, self.read = keras.layers.Dense(3, "tanh"), keras.layers.Dense(2)

    def build(self, shape):
        self.update.build((None, shape[-1] + 3))
        self.read.build((None, 3))

    def call(self, inputs, states):
        state = self.update(ops.concatenate([inputs, states[0]], axis=-1))
        return self.read(state), [state]


class StartsFromOnesCell(TwoSizesCell):
    def get_initial_state(self, batch_size=None):
        return [ops.ones((batch_size, 3))]


class FarEcho(keras.layers.Layer):
    """Adds what was 100 steps ago: more than a short proof would see."""

    def call(self, x):
        return x + ops.pad(x, [[0, 0], [100, 0], [0, 0]])[:, :-100]


class MeanFree(keras.layers.Layer):
    def call(self, x):
        return x - ops.mean(x, axis=1, keepdims=True)


class RunsTwice(keras.layers.LSTM):
    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(super().call(sequences))


class Reversed(keras.Model):
    """A graph that its own `call` does not follow."""

    def call(self, inputs, training=False):
        return super().call(ops.flip(inputs, axis=1), training=training)


def frames(*stack):
    return keras.Sequential([keras.Input((None, FEATURES)), *stack])


def tokens(*stack):
    embedding = keras.layers.Embedding(30, FEATURES, mask_zero=True)
    return keras.Sequential([keras.Input((None,), dtype="int32"), embedding, *stack])


def normalization():
    layer = keras.layers.Normalization()
    layer.adapt(np.random.default_rng(3).normal(2, 3, [20, 5, FEATURES]))
    return layer


def stack(**arguments):
    return layers.StackedRNN([layers.LSTMCell(3), layers.GRUCell(3)], **arguments)


def several_branches():
    a, b = (keras.Input((None, FEATURES), name=name) for name in "ab")
    x = keras.layers.Concatenate()([keras.layers.Add()([a, b]), ops.tanh(a * b)])
    states = layers.GRU(3, return_sequences=True)(x)
    outputs = {"all": keras.layers.Dense(2)(states), "last": keras.layers.LSTM(3)(states)}
    return keras.Model([a, b], outputs)


def models_inside():
    inner = frames(keras.layers.LSTM(3, return_sequences=True), keras.layers.Dense(FEATURES))
    x = keras.Input((None, FEATURES))
    return keras.Model(x, inner(inner(x)))


def returned_states():
    x = keras.Input((None, FEATURES))
    lstm = layers.LSTM(3, return_sequences=True, return_state=True)
    return keras.Model(x, lstm(x))


def behind_a_repetition():
    """The second layer runs over four copies of the first one's answer, not over time."""
    again = [keras.layers.RepeatVector(4), layers.LSTM(3, return_sequences=True)]
    return frames(layers.LSTM(5), *again)


def pictures():
    convolution = keras.layers.ConvLSTM2D(2, 3, padding="same", return_sequences=True)
    pooled = keras.layers.TimeDistributed(keras.layers.GlobalMaxPooling2D())
    return keras.Sequential([keras.Input((None, 5, 5, 1)), convolution, pooled])


L, K = layers, keras.layers
OFFERED = {
    "TimeDistributed": lambda: frames(K.TimeDistributed(K.Dense(3)), L.LSTM(3)),
    "StackedRNN": lambda: frames(stack(return_sequences=True)),
    "StackedRNN masked": lambda: tokens(stack(residual=True, layer_norm=True, dropout=0.5)),
    "StackedRNN zeroed": lambda: tokens(stack(residual=True, return_sequences=True), L.GRU(2)),
    "Normalization": lambda: frames(normalization(), L.GRU(3)),
    "Rescaling": lambda: frames(K.Rescaling(0.5, 1), L.GRU(3)),
    "noise": lambda: frames(
        K.GaussianNoise(0.5), K.GaussianDropout(0.5), K.SpatialDropout1D(0.5), L.GRU(3)
    ),
    "activations": lambda: frames(K.PReLU(shared_axes=[1]), K.LeakyReLU(), K.ELU(), L.GRU(3)),
    "norms": lambda: frames(K.LayerNormalization(), K.BatchNormalization(), L.GRU(3)),
    "Masking": lambda: frames(K.Masking(-1.0), L.GRU(3, return_sequences=True), K.LSTM(3)),
    "Lambda": lambda: frames(K.Lambda(lambda x: 2 * x), L.GRU(3)),
    "last of all": lambda: frames(
        L.GRU(3, return_sequences=True), K.Lambda(lambda x: x[:, -1], output_shape=(3,))
    ),
    "pointwise convolution": lambda: frames(K.Conv1D(3, 1), L.GRU(3)),
    "own cell": lambda: frames(K.RNN(TwoSizesCell(), return_sequences=True)),
    "own cell masked": lambda: tokens(K.RNN(TwoSizesCell(), return_sequences=True), L.GRU(3)),
    "cells of Keras": lambda: tokens(K.RNN([K.LSTMCell(3), K.GRUCell(2)])),
    "spikes": lambda: tokens(L.LIF(3, return_sequences=True)),
    "several branches": several_branches,
    "models inside": models_inside,
    "returned states": returned_states,
    "after a repetition": behind_a_repetition,
    "pictures": pictures,
}


def randomized(model):
    """The model with no weight left at zero or one."""
    rng = np.random.default_rng(8)
    for weight in model.trainable_weights:
        weight.assign_add(rng.normal(0, 0.3, weight.shape))
    return model


def sequences(model):
    """Inputs of nine time steps, of which those of tokens are masked in places."""
    rng = np.random.default_rng(9)
    for tensor in model.inputs:
        shape = [3, 9, *tensor.shape[2:]]
        if tensor.dtype == "int32":
            yield np.where(rng.random(shape) < 0.4, 0, rng.integers(1, 30, shape)).astype("int32")
        else:
            yield rng.normal(size=shape).astype("float32")


@pytest.mark.representative(
    "TimeDistributed",
    "StackedRNN zeroed",
    "noise",
    "Masking",
    "pointwise convolution",
    "cells of Keras",
    "models inside",
    "pictures",
)
@pytest.mark.parametrize("make", OFFERED.values(), ids=OFFERED)
def test_a_stream_of_steps_is_the_model(make):
    model = randomized(make())
    step, arrays = step_signature(model), list(sequences(model))
    names = list(step.inputs)
    states = {
        name: np.zeros([3, *step.inputs[name].shape[1:]], "float32")
        for name in names[len(arrays) :]
    }
    outputs = len(step.outputs) - len(states)
    for time in range(9):
        current = [array[:, time] for array in arrays]
        answer = step.expected({**dict(zip(names, current, strict=False)), **states})
        states = {name: answer[name] for name in states}
        so_far = [array[:, : time + 1] for array in arrays]
        expected = keras.tree.flatten(model(so_far if len(so_far) > 1 else so_far[0]))
        for n, name in enumerate(list(answer)[:outputs]):
            whole = np.asarray(expected[n])
            last = whole[:, -1] if whole.ndim > answer[name].ndim else whole
            np.testing.assert_allclose(answer[name], last, rtol=1e-4, atol=1e-5)


@pytest.mark.representative(
    "StackedRNN masked", "Normalization", "own cell masked", "spikes", "several branches"
)
@pytest.mark.slow
@pytest.mark.parametrize("make", OFFERED.values(), ids=OFFERED)
def test_steps_in_both_runtimes(make, tmp_path):
    model = randomized(make())
    step = {"step": step_signature(model)}
    export_saved_model(model, tmp_path / "m", signatures=step)
    export_tflite(model, tmp_path / "m.tflite", signatures=["step"])


def attention(layer):
    x = keras.Input((None, FEATURES))
    return keras.Model(x, layer(x, x) if isinstance(layer, K.MultiHeadAttention) else layer([x, x]))


def states_from_elsewhere():
    x = keras.Input((None, FEATURES))
    first = K.GRU(5)(x)
    return keras.Model(x, K.GRU(5, return_sequences=True, name="it")(x, initial_state=first))


def all_steps_by_the_last():
    x = keras.Input((None, FEATURES))
    last = K.Reshape((1, 3))(L.GRU(3)(x))
    return keras.Model(x, K.Multiply(name="it")([L.GRU(3, return_sequences=True)(x), last]))


def another_call():
    x = keras.Input((None, FEATURES))
    return Reversed(x, L.GRU(3, return_sequences=True)(x), name="it")


REFUSED = {
    "convolution": (lambda: frames(K.Conv1D(3, 2, name="it")), "cannot run on single time steps"),
    "causal": (lambda: frames(K.Conv1D(3, 2, padding="causal", name="it"), L.GRU(2)), "other"),
    "far": (lambda: frames(FarEcho(name="it"), L.GRU(2)), "other results"),
    "saturated": (
        lambda: frames(
            K.Lambda(lambda x: 0 * x), K.MaxPooling1D(3, 1, padding="same", name="it"), L.GRU(2)
        ),
        "other results",
    ),
    "pooling": (
        lambda: frames(L.GRU(2, return_sequences=True), K.GlobalMaxPooling1D(name="it")),
        "",
    ),
    "attention": (lambda: attention(K.Attention(name="it")), "other results"),
    "heads": (lambda: attention(K.MultiHeadAttention(2, 2, name="it")), "other results"),
    "both ways": (lambda: frames(L.Bidirectional(L.LSTM(2), name="it")), "other results"),
    "backwards": (lambda: frames(L.LSTM(2, go_backwards=True, name="it")), "from the last time"),
    "mean": (lambda: frames(MeanFree(name="it"), L.GRU(2)), "other results"),
    "sum": (lambda: frames(K.Lambda(lambda x: ops.cumsum(x, 1), name="it")), "other results"),
    "softmax": (lambda: frames(K.Softmax(axis=1, name="it")), "other results"),
    "longer": (lambda: frames(K.UpSampling1D(2, name="it"), L.GRU(2)), "other results"),
    "turned": (lambda: frames(K.Permute((2, 1), name="it")), "other results"),
    "subclass": (lambda: frames(RunsTwice(FEATURES, return_sequences=True, name="it")), "other"),
    "ones": (lambda: frames(K.RNN(StartsFromOnesCell(), name="it")), "states that are not zero"),
    "states": (states_from_elsewhere, "starts from states that it is given"),
    "last": (all_steps_by_the_last, "other results"),
    "call": (another_call, "in single steps"),
}


@pytest.mark.representative("convolution", "saturated", "heads", "mean", "longer", "ones", "call")
@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_single_steps_would_answer_otherwise_is_refused_by_name(make, reason):
    with pytest.raises(NoStepError, match=rf"'it'.*{reason}|{reason}.*'it'"):
        step_signature(randomized(make()))
