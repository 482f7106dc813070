import warnings

import ai_edge_litert.interpreter as litert
import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

from seqzoo import layers
from seqzoo.core.errors import SeqzooError
from seqzoo.export import ExportError
from seqzoo.export.tflite.fused import write_fused
from seqzoo.export.tflite.fused_layers import FusedError

# float32 rounds at 6e-8, and the operation adds in another order than Keras.
FLOAT32 = 1e-5
FEATURES = 3

INTERPRETERS = (tf.lite.Interpreter, litert.Interpreter)


def started(file):
    """The file in both interpreters."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*tf.lite.Interpreter is deprecated", UserWarning)
        return [interpreter(model_content=file) for interpreter in INTERPRETERS]


def run(interpreter, **inputs):
    runner = interpreter.get_signature_runner("sequence")
    return {name: np.array(value) for name, value in runner(**inputs).items()}


def assert_close(answer, expected):
    assert answer.keys() == expected.keys()
    for key in expected:
        np.testing.assert_allclose(answer[key], expected[key], rtol=0, atol=FLOAT32)


def contents(file):
    return schema.ModelT.InitFromPackedBuf(file, 0)


def operations(file):
    """Every operation of a file, by name, with its inputs."""
    names = {code: name for name, code in vars(schema.BuiltinOperator).items()}
    model = contents(file)
    assert not any(code.customCode for code in model.operatorCodes)
    (graph,) = model.subgraphs
    return [
        (names[model.operatorCodes[operator.opcodeIndex].builtinCode], [*operator.inputs])
        for operator in graph.operators
    ]


def lstms(file):
    return [inputs for name, inputs in operations(file) if name == "UNIDIRECTIONAL_SEQUENCE_LSTM"]


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape).astype("float32")


def randomized(model):
    """Distinct weights everywhere, also in biases and peepholes, which start as zeros."""
    for seed, weight in enumerate(model.trainable_weights):
        weight.assign(0.5 * random(*weight.shape, seed=seed))
    return model


def sequential(*stack):
    return randomized(keras.Sequential([keras.Input((None, FEATURES)), *stack]))


def both_ways(library, layer, merge_mode, return_sequences=True):
    return library.Bidirectional(layer(4, return_sequences=return_sequences), merge_mode=merge_mode)


def tagger():
    """Tokens and features in, two outputs by name: a stack of both kinds, a layer used twice."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    features = keras.Input((None, FEATURES), name="features")
    shared = layers.LSTM(4, return_sequences=True, name="shared")
    x = keras.layers.Dropout(0.5)(keras.layers.Embedding(11, 4)(tokens))
    x = keras.layers.Concatenate()([shared(x), features])
    x = layers.Bidirectional(layers.PeepholeLSTM(5, return_sequences=True))(x)
    labels = keras.layers.Dense(4, activation="softmax")(x)
    kind = keras.layers.Dense(2)(keras.layers.LSTM(6)(shared(labels)))
    return randomized(keras.Model([tokens, features], {"labels": labels, "kind": kind}))


def tokens_and_features(time):
    tokens = np.random.default_rng(time).integers(0, 11, (1, time), "int32")
    return {"tokens": tokens, "features": random(1, time, FEATURES, seed=time)}


MODELS = {
    "keras": (1, lambda: sequential(keras.layers.LSTM(4, return_sequences=True))),
    "LSTM": (1, lambda: sequential(layers.LSTM(4))),
    "PeepholeLSTM": (1, lambda: sequential(layers.PeepholeLSTM(4, return_sequences=True))),
    "backwards": (
        2,
        lambda: sequential(
            layers.PeepholeLSTM(4, return_sequences=True, go_backwards=True),
            keras.layers.LSTM(5, go_backwards=True),
        ),
    ),
    "no bias": (
        1,
        lambda: sequential(layers.PeepholeLSTM(4, return_sequences=True, use_bias=False)),
    ),
    "one unit": (1, lambda: sequential(layers.PeepholeLSTM(1, return_sequences=True))),
    "nested": (1, lambda: sequential(sequential(layers.LSTM(4)), keras.layers.Dense(2))),
    "concat": (2, lambda: sequential(both_ways(layers, layers.PeepholeLSTM, "concat"))),
    "sum": (2, lambda: sequential(both_ways(keras.layers, layers.PeepholeLSTM, "sum", False))),
    "ave": (2, lambda: sequential(both_ways(keras.layers, keras.layers.LSTM, "ave"))),
    "mul": (2, lambda: sequential(both_ways(layers, layers.LSTM, "mul"))),
}


@pytest.mark.representative("keras", "backwards", "concat", "mul")
@pytest.mark.parametrize("name", MODELS)
def test_it_answers_what_keras_does(name):
    """Calls of several lengths in one interpreter: no state of one is left to the next."""
    directions, make = MODELS[name]
    model = make()
    file = write_fused(model)
    assert len(lstms(file)) == directions
    assert not {name for name, _ in operations(file)} & {"WHILE", "READ_VARIABLE"}
    for interpreter in started(file):
        for time in (5, 12, 1, 1):
            x = random(1, time, FEATURES, seed=time)
            assert_close(run(interpreter, inputs=x), {"outputs": model(x)})


def test_names_of_inputs_and_outputs():
    model = tagger()
    file = write_fused(model)
    assert len(lstms(file)) == 5
    for interpreter in started(file):
        for time in (7, 2):
            inputs = tokens_and_features(time)
            assert_close(run(interpreter, **inputs), model(inputs))


def test_unmerged_directions():
    inputs = keras.Input((None, FEATURES))
    forward, backward = both_ways(layers, layers.PeepholeLSTM, None)(inputs)
    model = randomized(keras.Model(inputs, {"forward": forward, "backward": backward}))
    x = random(1, 6, FEATURES)
    for interpreter in started(write_fused(model)):
        assert_close(run(interpreter, inputs=x), model(x))


def test_inputs_may_be_resized_by_hand():
    """As a program does that knows no signatures."""
    model = sequential(layers.PeepholeLSTM(4))
    for interpreter in started(write_fused(model)):
        (given,), (received,) = interpreter.get_input_details(), interpreter.get_output_details()
        for time in (4, 9):
            x = random(1, time, FEATURES)
            interpreter.resize_tensor_input(given["index"], x.shape)
            interpreter.allocate_tensors()
            interpreter.set_tensor(given["index"], x)
            interpreter.invoke()
            answer = interpreter.get_tensor(received["index"])
            assert_close({"outputs": answer}, {"outputs": model(x)})


def test_peepholes_are_inputs_of_the_operation():
    (with_peepholes,) = lstms(write_fused(sequential(layers.PeepholeLSTM(4))))
    assert len({-1, *with_peepholes[9:12]}) == 4
    (without,) = lstms(write_fused(sequential(layers.LSTM(4))))
    assert without[9:12] == [-1, -1, -1]


def streamed():
    return sequential(
        layers.PeepholeLSTM(4, return_sequences=True),
        keras.layers.LSTM(5, return_sequences=True),
        keras.layers.Dense(2),
    )


def representative(quantize):
    data = [{"inputs": random(2, 5 + n, FEATURES, seed=100 + n)} for n in range(20)]
    return data if quantize == "full_int8" else None


@pytest.mark.representative("int8")
@pytest.mark.parametrize("quantize", ["float16", "int8", "full_int8"])
def test_equal_calls_get_equal_answers(quantize):
    file = write_fused(streamed(), quantize=quantize, representative_data=representative(quantize))
    x = random(1, 6, FEATURES)
    for interpreter in started(file):
        first = run(interpreter, inputs=x)["outputs"]
        run(interpreter, inputs=random(1, 6, FEATURES, seed=5))
        np.testing.assert_array_equal(run(interpreter, inputs=x)["outputs"], first)


def run_in_chunks(interpreter, x, chunks):
    answers = [run(interpreter, inputs=chunk)["outputs"] for chunk in np.split(x, chunks, axis=1)]
    return {"outputs": np.concatenate(answers, axis=1)}


@pytest.mark.parametrize("quantize", [None, "full_int8"])
def test_a_stream_in_chunks_is_the_whole(quantize):
    arguments = {"quantize": quantize, "representative_data": representative(quantize)}
    model = streamed()
    for whole, stream in zip(
        started(write_fused(model, **arguments)),
        started(write_fused(model, streaming=True, **arguments)),
        strict=True,
    ):
        for seed in range(2):
            x = random(1, 20, FEATURES, seed=seed)
            assert_close(run_in_chunks(stream, x, chunks=5), run(whole, inputs=x))
            stream.reset_all_variables()


def test_a_chunk_of_another_length_starts_a_new_stream():
    """The interpreter's own way, which the documentation warns of."""
    model = streamed()
    x = random(1, 7, FEATURES)
    for stream in started(write_fused(model, streaming=True)):
        answer = run_in_chunks(stream, x, chunks=[2, 4])
        starts = [model(part) for part in (x[:, :4], x[:, 4:])]
        assert_close(answer, {"outputs": np.concatenate(starts, axis=1)})


@pytest.mark.representative("float16-2.3-0.001-PeepholeLSTM", "int8-1.3-0.03-PeepholeLSTM")
@pytest.mark.parametrize(
    "layer", [pytest.param(layers.LSTM, marks=pytest.mark.slow), layers.PeepholeLSTM]
)
@pytest.mark.parametrize(
    ("quantize", "bytes_each", "tolerance"),
    [("float16", 2.3, 1e-3), ("int8", 1.3, 0.03), ("full_int8", 1.3, 0.03)],
)
def test_quantized(layer, quantize, bytes_each, tolerance):
    """Outputs lie in [-1, 1].

    float16 rounds weights at 5e-4 of their size; int8 at 1/254 of the largest of a matrix, and with
    inputs and outputs in int8 these at 1/510 of their range. A wrong scale shows at 0.1 and above.
    """
    model = sequential(layer(64, return_sequences=True), layer(64, return_sequences=True))
    model.set_weights([0.4 * weight for weight in model.get_weights()])
    file = write_fused(model, quantize=quantize, representative_data=representative(quantize))
    assert len(file) < bytes_each * model.count_params()
    for interpreter in started(file):
        for time in (20, 3):
            x = random(1, time, FEATURES)
            error = np.abs(run(interpreter, inputs=x)["outputs"] - model(x)).max()
            assert 1e-6 < error < tolerance


def untrained():
    """Peepholes and most biases are zeros: equal constants, which the converter stores once."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((None, FEATURES))
    x = layers.PeepholeLSTM(8, return_sequences=True)(inputs)
    x = layers.Bidirectional(layers.LSTM(8, return_sequences=True))(x)
    shared = keras.layers.LSTM(16, return_sequences=True)
    model = keras.Model(inputs, shared(shared(x)))
    model.set_weights([3 * weight for weight in model.get_weights()])
    return model


@pytest.mark.parametrize("quantize", [pytest.param("int8", marks=pytest.mark.slow), "full_int8"])
def test_equal_constants_in_integers(quantize):
    model = untrained()
    file = write_fused(model, quantize=quantize, representative_data=representative(quantize))
    x = random(1, 9, FEATURES, seed=3)
    for interpreter in started(file):
        error = np.abs(run(interpreter, inputs=x)["outputs"] - model(x)).max()
        assert error < 0.04 * np.abs(model(x)).max()


@pytest.mark.slow
def test_full_int8_computes_in_integers():
    """Of a model with two inputs, one of them integers, and two outputs."""
    model = tagger()
    data = [tokens_and_features(time) for time in range(3, 20)]
    file = write_fused(model, quantize="full_int8", representative_data=data)
    for name, inputs in operations(file):
        if name not in ("QUANTIZE", "DEQUANTIZE"):
            assert "float32" not in dtypes(file, inputs)
    (lstm, *_) = lstms(file)
    assert dtypes(file, lstm) == ["int8"] * 9 + ["int32"] * 4 + ["int8", "int16"]
    for interpreter in started(file):
        inputs = tokens_and_features(8)
        answer, expected = run(interpreter, **inputs), model(inputs)
        for key in expected:
            error = np.abs(answer[key] - expected[key]).max() / np.abs(expected[key]).max()
            assert error < 0.03


def dtypes(file, inputs):
    tensors = contents(file).subgraphs[0].tensors
    names = {code: name.lower() for name, code in vars(schema.TensorType).items()}
    return [names[tensors[index].type] for index in inputs if index != -1]


def test_every_representative_sequence_starts_from_zeros():
    """Else the states, and with them their range, would depend on what came before."""
    model = sequential(layers.PeepholeLSTM(4))
    example = {"inputs": random(1, 3, FEATURES)}
    once, often = (
        write_fused(model, quantize="full_int8", representative_data=[example] * count)
        for count in (1, 9)
    )
    assert scales(once) == scales(often)


def scales(file):
    quantizations = [tensor.quantization for tensor in contents(file).subgraphs[0].tensors]
    return [str(q and (q.scale, q.zeroPoint)) for q in quantizations]


def test_operations_without_integers_are_named():
    model = sequential(layers.LSTM(4), keras.layers.Lambda(tf.math.sin))
    data = representative("full_int8")
    with pytest.raises(FusedError, match=r"TFLite has no SIN in integers.*quantize='int8'"):
        write_fused(model, quantize="full_int8", representative_data=data)


@pytest.mark.representative(
    "arguments0-must be None, 'float16', 'int8' or 'full_int8', not 'int4'",
    "arguments3-is for quantize='full_int8'",
    "arguments6-'inputs' of representative_data\\\\[0\\\\] must be of shape",
)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quantize": "int4"}, "must be None, 'float16', 'int8' or 'full_int8', not 'int4'"),
        ({"quantize": "full_int8"}, "needs representative_data"),
        ({"quantize": "full_int8", "representative_data": []}, "is empty"),
        ({"representative_data": [{}]}, "is for quantize='full_int8'"),
        (
            {"quantize": "full_int8", "representative_data": [{"x": random(1, 2, FEATURES)}]},
            r"representative_data\[0\] must have an array for .* \['inputs'\], but has \['x'\]",
        ),
        (
            {"quantize": "full_int8", "representative_data": [{"inputs": random(1, 2, 7)}]},
            r"'inputs' .* must be of shape \(None, None, 3\), but is of shape \(1, 2, 7\)",
        ),
        (
            {"quantize": "full_int8", "representative_data": 5},
            r"'inputs' of representative_data\[0\] must be of shape",
        ),
    ],
)
def test_impossible_arguments_are_refused(arguments, message):
    with pytest.raises(ExportError, match=message):
        write_fused(sequential(layers.LSTM(4)), **arguments)


def two_inputs():
    first, second = (keras.Input((None, FEATURES), name=name) for name in ("first", "in-2"))
    joined = keras.layers.Concatenate()([first, second])
    return keras.Model([first, second], layers.LSTM(4)(joined))


@pytest.mark.slow
def test_representative_data_in_every_form_gives_the_same_file():
    data = [[random(2, 4, FEATURES, seed=n), random(2, 4, FEATURES, seed=9 + n)] for n in range(3)]
    forms = [
        [dict(zip(("first", "in_2"), arrays, strict=True)) for arrays in data],
        [dict(zip(("first", "in-2"), arrays, strict=True)) for arrays in data],
        data,
        [tuple(map(tf.constant, arrays)) for arrays in data],
        lambda: (arrays for arrays in data),
    ]
    model = two_inputs()
    first, *others = (
        scales(write_fused(model, quantize="full_int8", representative_data=form)) for form in forms
    )
    assert all(other == first for other in others)


@pytest.mark.slow
def test_representative_data_of_one_input_can_be_arrays():
    model, arrays = sequential(layers.LSTM(4)), [random(2, 4, FEATURES, seed=n) for n in range(3)]
    forms = [
        arrays,
        np.concatenate(arrays),
        [[array] for array in arrays],
        lambda: ([array] for array in arrays),
    ]
    first, *others = (
        scales(write_fused(model, quantize="full_int8", representative_data=form)) for form in forms
    )
    assert all(other == first for other in others)


def with_states():
    inputs = keras.Input((None, FEATURES))
    states = [keras.layers.Dense(4)(inputs[:, 0]) for _ in range(2)]
    return keras.Model(inputs, layers.LSTM(4, name="told")(inputs, initial_state=states))


def with_mask():
    tokens = keras.Input((None,), dtype="int32")
    return keras.Model(
        tokens, layers.LSTM(4, name="it")(keras.layers.Embedding(9, 3, mask_zero=True)(tokens))
    )


def of_text():
    text = keras.Input((None, FEATURES), dtype="string", name="text")
    lengths = keras.layers.Lambda(tf.strings.length, output_shape=(None, FEATURES))(text)
    return keras.Model(text, layers.LSTM(4)(lengths))


def of_batch():
    return keras.Sequential([keras.Input(batch_shape=(4, None, FEATURES)), layers.LSTM(4)])


class AllWindows(keras.layers.Layer):
    """Runs a layer on every window of a sequence `(1, windows, time, features)`."""

    def __init__(self, layer, run):
        super().__init__()
        self.layer, self.run = layer, run
        layer.build((None, None, FEATURES))

    def call(self, sequence):
        return self.run(self.layer, sequence)


def all_windows(run):
    inputs = keras.Input((None, 6, FEATURES))
    return keras.Model(inputs, AllWindows(layers.LSTM(4, name="it"), run)(inputs))


LOOP = r"a loop beside those of its LSTM layers \(it\) or around them"

REFUSED = {
    "GRU": (lambda: sequential(layers.GRU(4, name="it")), r"'it' \(GRU\).*form='auto'"),
    "SimpleRNN": (lambda: sequential(keras.layers.SimpleRNN(4, name="it")), r"'it' \(SimpleRNN\)"),
    "LayerNormLSTM": (lambda: sequential(layers.LayerNormLSTM(4)), r"\(LayerNormLSTM\)"),
    "StackedRNN": (
        lambda: sequential(layers.StackedRNN([layers.LSTMCell(4)], name="it")),
        r"'it' \(StackedRNN\)",
    ),
    "nothing": (lambda: sequential(keras.layers.Dense(4)), "has no LSTM that could be fused"),
    "a subclass": (lambda: sequential(type("Mine", (layers.LSTM,), {})(4)), r"\(Mine\)"),
    "an RNN": (lambda: sequential(keras.layers.RNN(layers.LSTMCell(4))), r"\(RNN\)"),
    "activation": (
        lambda: sequential(layers.LSTM(4, activation="relu", name="it")),
        "'it' .* other activations than tanh and sigmoid",
    ),
    "recurrent activation": (
        lambda: sequential(keras.layers.LSTM(4, recurrent_activation="hard_sigmoid")),
        "other activations than tanh and sigmoid",
    ),
    "states out": (
        lambda: sequential(layers.LSTM(4, return_state=True, name="it")),
        "'it' .* returns its states",
    ),
    "states in": (with_states, "'told' is given initial states"),
    "states kept": (
        lambda: keras.Sequential(
            [keras.Input(batch_shape=(1, None, FEATURES)), layers.LSTM(4, stateful=True)]
        ),
        "is stateful: .* streaming=True",
    ),
    "a mask": (with_mask, "^Layer 'it' gets a mask.*trim every sequence to its length"),
    "Masking": (lambda: sequential(keras.layers.Masking(), layers.LSTM(4)), "gets a mask"),
    "float16": (
        lambda: sequential(keras.layers.Dense(4, dtype="float16", name="it"), layers.LSTM(4)),
        "'it' computes in float16",
    ),
    "text": (of_text, "'text' is text"),
    "a batch": (of_batch, "is for a batch of 4"),
    "many at a time": (lambda: all_windows(lambda f, x: f(x[0])), "'it' runs on more than one"),
    "a loop": (lambda: all_windows(lambda f, x: tf.map_fn(f, x[0][:, None])), LOOP),
    "a vectorized loop": (
        lambda: all_windows(lambda f, x: tf.vectorized_map(f, x[0][:, None])),
        LOOP,
    ),
    "Flex": (
        lambda: sequential(
            layers.LSTM(4), keras.layers.Lambda(lambda x: tf.linalg.det(x[:, None] * x[..., None]))
        ),
        "needs MatrixDeterminant, which TFLite's interpreter lacks",
    ),
}


@pytest.mark.representative(
    "GRU", "StackedRNN", "activation", "states in", "Masking", "many at a time", "Flex"
)
@pytest.mark.parametrize("name", REFUSED)
def test_refused_by_name(name):
    make, message = REFUSED[name]
    with pytest.raises(SeqzooError, match=message) as refusal:
        write_fused(make())
    assert isinstance(refusal.value, FusedError)
    assert isinstance(refusal.value, ValueError)


@pytest.mark.parametrize(
    "layer",
    [layers.LSTM(4, go_backwards=True, name="it"), layers.Bidirectional(layers.LSTM(4), name="it")],
    ids=["backwards", "both ways"],
)
def test_what_needs_later_time_steps_is_no_stream(layer):
    with pytest.raises(FusedError, match=r"use streaming=False: .*layer 'it'"):
        write_fused(sequential(layer), streaming=True)
