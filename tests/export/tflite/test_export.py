import json
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from seqzoo import layers
from seqzoo.export import ExportError, TFLiteFile, export_tflite
from seqzoo.export.graph.stream_proof import NoStepError
from seqzoo.export.tflite import export as tflite
from tests.export.conftest import each_model_but_one_slowly
from tests.export.saved_model.test_export import generator_alone, tagger


@each_model_but_one_slowly
def test_what_an_export_leaves(task, exported_tflite):
    folder = exported_tflite.path.parent
    assert {path.name for path in folder.iterdir()} == {"small.tflite", "small.parity.json"}
    report = json.loads(exported_tflite.report_file.read_text())
    compared = {(row["runtime"], row["signature"]) for row in report["comparisons"]}
    assert compared == {("TFLite", name) for name in task.tflite_signatures()}
    (artifact,) = report["artifacts"]
    assert artifact["bytes"] == exported_tflite.path.stat().st_size
    assert not [name for name in artifact["operations"] if ":" in name]


@generator_alone
def test_pinned_signatures(exported_tflite):
    file = TFLiteFile(exported_tflite.path)
    pinned = {
        name: {
            kind: {key: (dtype, len(shape)) for key, (dtype, shape) in tensors.items()}
            for kind, tensors in file.tensors(name).items()
        }
        for name in file.signatures
    }
    assert pinned == {
        "generate": {
            "inputs": {
                "token_ids": ("int32", 2),
                "temperature": ("float32", 0),
                "noise": ("float32", 2),
            },
            "outputs": {"token_ids": ("int32", 2), "length": ("int32", 1)},
        },
        "score": {
            "inputs": {"token_ids": ("int32", 2)},
            "outputs": {"log_probability": ("float32", 1), "length": ("int32", 1)},
        },
        "step": {
            "inputs": {"token_ids": ("int32", 1), "states": ("float32", 4)},
            "outputs": {"logits": ("float32", 2), "states": ("float32", 4)},
        },
    }


@generator_alone
def test_steps_add_up_to_the_score(task, exported_tflite):
    file = TFLiteFile(exported_tflite.path)
    token_ids = np.array([[5, 30, 97, 60, 7]], "int32")
    previous, total = np.array([1], "int32"), 0.0
    states = np.zeros((1, *task.backbone.state_shape), "float32")
    for token in token_ids[0]:
        answer = file.run("step", token_ids=previous, states=states)
        states, previous = answer["states"], np.array([token], "int32")
        logits = answer["logits"][0].astype(float)
        total += logits[token] - np.log(np.exp(logits).sum())
    score = file.run("score", token_ids=token_ids)
    np.testing.assert_allclose(score["log_probability"], [total], rtol=1e-5)


@generator_alone
def test_noise_decides_what_is_drawn(exported_tflite):
    file = TFLiteFile(exported_tflite.path)

    def draw(seed, temperature):
        return file.run(
            "generate",
            token_ids=np.zeros((2, 0), "int32"),
            temperature=np.float32(temperature),
            noise=np.random.default_rng(seed).random((2, 30), "float32"),
        )["token_ids"].tolist()

    assert draw(1, 1.0) == draw(1, 1.0)
    assert draw(1, 1.0) != draw(2, 1.0)
    assert draw(1, 0.0) == draw(2, 0.0)


@generator_alone
def test_the_vocabulary_is_packed(task, exported_tflite):
    """As a program on a device reads it: with the standard library alone."""
    packed = zipfile.ZipFile(exported_tflite.path).read("vocabulary.txt").decode()
    assert packed.splitlines() == task.preprocessor.tokenizer.get_vocabulary()


@pytest.mark.representative("NERTagger")
@pytest.mark.slow
def test_in_litert(task, exported_tflite):
    interpreter = Interpreter(model_path=str(exported_tflite.path))
    for name, signature in task.tflite_signatures().items():
        runner = interpreter.get_signature_runner(name)
        for example in signature.examples:
            answer, expected = runner(**example), signature.expected(example)
            for key in expected:
                np.testing.assert_allclose(answer[key], expected[key], atol=1e-4, rtol=1e-4)


@pytest.mark.representative("ours")
@pytest.mark.parametrize("library", [layers, keras.layers], ids=["ours", "keras"])
def test_any_keras_model(tmp_path, library):
    model = tagger(library)
    done = export_tflite(model, tmp_path / "tagger.tflite", files={"labels.txt": "O\nB\nI\n"})
    assert done.report.failures == []
    answer = TFLiteFile(done.path).run(
        "sequence",
        tokens=np.array([[3, 1, 8], [2, 0, 0]], "int32"),
        features=np.ones((2, 3, 2), "float32"),
    )
    assert (answer["labels"].shape, answer["kind"].shape) == ((2, 3, 3), (2, 1))
    assert zipfile.ZipFile(done.path).read("labels.txt") == b"O\nB\nI\n"


def streamed(library):
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(20, 4),
            library.LSTM(5, return_sequences=True),
            keras.layers.LayerNormalization(),
            library.GRU(6, return_sequences=True),
            keras.layers.Dense(3),
        ]
    )


@pytest.mark.representative("ours")
@pytest.mark.parametrize("library", [layers, keras.layers], ids=["ours", "keras"])
def test_a_stream_of_steps_is_the_sequence(tmp_path, library):
    model = streamed(library)
    file = TFLiteFile(export_tflite(model, tmp_path / "stream.tflite").path)
    token_ids = np.array([[3, 9, 1, 0, 12], [7, 7, 2, 19, 4]], "int32")
    state_names = [name for name in file.signatures["step"]["inputs"] if name != "inputs"]
    states = {
        name: np.zeros((2, file.tensors("step")["inputs"][name][1][1]), "float32")
        for name in state_names
    }
    outputs = []
    for t in range(5):
        answer = file.run("step", inputs=token_ids[:, t], **states)
        outputs.append(answer["outputs"])
        states = {name: answer[name] for name in state_names}
    np.testing.assert_allclose(np.stack(outputs, axis=1), model(token_ids), atol=1e-5)


@pytest.mark.representative("int8-0.32-0.05")
@pytest.mark.parametrize(
    ("quantize", "share", "difference"), [("float16", 0.55, 2e-3), ("int8", 0.32, 0.05)]
)
def test_quantized(tmp_path, quantize, share, difference):
    """float16 rounds at 5e-4; int8 at 1/254 of the largest weight of a matrix."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [keras.Input((None, 64)), layers.PeepholeLSTM(128, return_sequences=True)]
    )
    plain = export_tflite(model, tmp_path / "plain.tflite", signatures=["sequence"])
    scored = []

    def accuracy(answer):
        scored.append(answer("sequence", inputs=np.ones((1, 3, 64), "float32")))
        return {"sum": float(scored[-1]["outputs"].sum())}

    small = export_tflite(
        model,
        tmp_path / "small.tflite",
        quantize=quantize,
        signatures=["sequence"],
        accuracy=accuracy,
    )
    assert small.path.stat().st_size < share * plain.path.stat().st_size
    (comparison,) = small.report.comparisons
    assert comparison.tolerance is None
    assert 1e-5 < comparison.difference < difference
    assert small.report.accuracy.keys() == {"Keras", "TFLite"}
    assert small.report.accuracy["Keras"] != small.report.accuracy["TFLite"]


def small_model(*more, **arguments):
    return keras.Sequential([keras.Input((None, 3)), layers.LSTM(4, **arguments), *more])


def test_full_int8_on_a_loop_is_refused(tmp_path):
    with pytest.raises(ExportError, match="form='fused'"):
        export_tflite(small_model(), tmp_path / "m.tflite", quantize="full_int8")


def test_an_unknown_signature_is_refused(tmp_path):
    with pytest.raises(ExportError, match=r"no signature 'generate': choose from \['sequence'"):
        export_tflite(small_model(), tmp_path / "m.tflite", signatures=["generate"])


def test_a_model_that_has_no_step_says_why(tmp_path):
    model = keras.Sequential(
        [keras.Input((None, 3)), layers.Bidirectional(layers.LSTM(4), name="both_ways")]
    )
    with pytest.raises(NoStepError, match="layer 'both_ways'"):
        export_tflite(model, tmp_path / "m.tflite", signatures=["step"])


@pytest.mark.representative("fixed-time")
@pytest.mark.parametrize("shape", [(5,), (6, 4)], ids=["no-time", "fixed-time"])
def test_a_model_of_fixed_inputs_has_no_step(tmp_path, shape):
    x = keras.Input(shape, name="readings")
    outputs = keras.layers.Dense(2)(x if len(shape) == 1 else layers.LSTM(3)(x))
    model = keras.Model(x, outputs)
    with pytest.raises(NoStepError, match="input 'readings' of shape"):
        export_tflite(model, tmp_path / "m.tflite", signatures=["step"])
    assert list(TFLiteFile(export_tflite(model, tmp_path / "m.tflite").path).signatures) == [
        "sequence"
    ]


def test_text_is_refused(tmp_path):
    text = keras.Input((), dtype="string", name="text")
    model = keras.Model(text, keras.layers.Lambda(tf.strings.length, output_shape=())(text))
    with pytest.raises(ExportError, match=r"'text' .* is text.*pack the vocabulary"):
        export_tflite(model, tmp_path / "m.tflite")


def test_operations_that_need_flex_are_named(tmp_path):
    igamma = keras.layers.Lambda(lambda x: tf.math.igamma(x, x))
    with pytest.raises(ExportError, match="needs Igamma, which TFLite's interpreter lacks"):
        export_tflite(small_model(igamma), tmp_path / "m.tflite")
    assert not any(tmp_path.iterdir())


def test_other_answers_than_keras_fail_and_leave_nothing(tmp_path, monkeypatch):
    model = small_model()
    convert = tflite.convert

    def convert_then_change(*args):
        contents = convert(*args)
        model.layers[0].cell.bias.assign_add(np.linspace(0, 0.1, 16))
        return contents

    monkeypatch.setattr(tflite, "convert", convert_then_change)
    with pytest.raises(ExportError, match="gives other answers than Keras"):
        export_tflite(model, tmp_path / "m.tflite")
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_a_tagger_with_a_crf(tmp_path):
    keras.utils.set_random_seed(2)
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    x = keras.layers.Embedding(9, 4, mask_zero=True)(tokens)
    x = layers.Bidirectional(layers.LSTM(5, return_sequences=True))(x)
    potentials = layers.CRF(3)(keras.layers.Dense(3)(x))
    outputs = {
        "tags": layers.ViterbiDecoder()(potentials),
        "probabilities": layers.ChainMarginals()(potentials),
    }
    model = keras.Model(tokens, outputs)
    done = export_tflite(model, tmp_path / "tagger.tflite")
    assert {c.output for c in done.report.comparisons} == {"tags", "probabilities"}


@pytest.mark.slow
@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_a_sequence_from_a_vector(tmp_path, inject):
    keras.utils.set_random_seed(2)
    inputs = [keras.Input((6,), name="vector"), keras.Input((None, 4), name="words")]
    decoder = layers.GRU(5, return_sequences=True)
    outputs = layers.OneToMany(decoder, inject)(inputs)
    assert not export_tflite(keras.Model(inputs, outputs), tmp_path / "m.tflite").report.failures


@pytest.mark.slow
def test_an_encoder_decoder(tmp_path):
    keras.utils.set_random_seed(2)
    inputs = [keras.Input((None, 3), name="source"), keras.Input((None, 4), name="target")]
    encoder = layers.Bidirectional(layers.LSTM(5, return_state=True))
    decoder = layers.PeepholeLSTM(6, return_sequences=True, return_state=True)
    outputs = layers.EncoderDecoder(encoder, decoder)(inputs)
    model = keras.Model(inputs, keras.tree.flatten(outputs)[0])
    assert not export_tflite(model, tmp_path / "m.tflite").report.failures


@pytest.mark.representative("True")
@pytest.mark.parametrize("streaming", [False, True])
def test_the_fused_form(tmp_path, streaming):
    done = export_tflite(small_model(), tmp_path / "m.tflite", form="fused", streaming=streaming)
    assert done.report.artifacts[0].operations.count("UNIDIRECTIONAL_SEQUENCE_LSTM") == 1
    assert "WHILE" not in done.report.artifacts[0].operations
    assert {c.examples for c in done.report.comparisons} == {6}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"form": "loop"}, "form must be 'auto' or 'fused'"),
        ({"streaming": True}, "for form='fused'"),
        ({"form": "fused", "signatures": ["step"]}, "only the signature 'sequence'"),
        ({"quantize": "int4"}, "quantize must be None, 'float16' or 'int8'"),
    ],
)
def test_arguments_that_do_not_go_together(tmp_path, arguments, message):
    with pytest.raises(ExportError, match=message):
        export_tflite(small_model(), tmp_path / "m.tflite", **arguments)
