import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.compiler.tf2xla.python.xla import dynamic_update_slice

from seqzoo import layers
from seqzoo.export import ExportError, export_saved_model
from seqzoo.export.graph.tracing import check_precision
from seqzoo.export.parity.c_runtime import Call, run_signatures
from seqzoo.export.saved_model import export as saved_model
from seqzoo.zoo.base.signature import Signature
from tests.contracts.model_cases import NOTE_GENERATOR
from tests.export.conftest import each_model_slowly

generator_alone = pytest.mark.parametrize("case", [NOTE_GENERATOR], ids=repr, indirect=True)


def test_what_an_export_leaves(task, exported):
    version = exported.path
    assert version.name == "1"
    assert [path.name for path in version.parent.iterdir()] == ["1"]
    names = {path.name for path in version.iterdir()}
    assert {"saved_model.pb", "variables", "parity.json"} <= names
    report = json.loads(exported.report_file.read_text())
    compared = {(row["runtime"], row["signature"]) for row in report["comparisons"]}
    assert compared == {("C runtime", name) for name in task.signatures()}
    timed = {(row["runtime"], row["signature"]) for row in report["latencies"]}
    assert timed == compared | {("Keras", name) for name in task.signatures()}
    assert all(0 < row["p50"] <= row["p99"] for row in report["latencies"])
    (artifact,) = report["artifacts"]
    variables = (version / "variables").iterdir()
    parts = [version / "saved_model.pb", version / "fingerprint.pb", *variables]
    assert artifact["bytes"] == sum(part.stat().st_size for part in parts)
    assert (version / "assets.extra" / "tf_serving_warmup_requests").exists()
    for name, text in task.saved_model_files().items():
        assert (version / "assets.extra" / name).read_text("utf-8") == text
    assert "small" in (version.parents[1] / "serving" / "models.config").read_text()
    assert "MatMul" in artifact["operations"]


@generator_alone
def test_pinned_signatures(exported):
    signatures = tf.saved_model.load(str(exported.path)).signatures
    pinned = {
        name: (
            {k: (v.dtype.name, v.shape.rank) for k, v in s.structured_input_signature[1].items()},
            {k: (v.dtype.name, v.shape.rank) for k, v in s.structured_outputs.items()},
        )
        for name, s in signatures.items()
    }
    generate = (
        {
            "token_ids": ("int32", 2),
            "length": ("int32", 0),
            "temperature": ("float32", 0),
            "seed": ("int32", 0),
        },
        {"token_ids": ("int32", 2), "length": ("int32", 1)},
    )
    assert pinned == {
        "serving_default": generate,
        "generate": generate,
        "compose": (
            generate[0],
            {
                **generate[1],
                **dict.fromkeys(("onset", "duration", "bar"), ("float32", 2)),
                **dict.fromkeys(("pitch", "part"), ("int32", 2)),
                **{"count": ("int32", 1), "bar_count": ("int32", 1), "tempo": ("float32", 1)},
            },
        ),
        "score": (
            {"token_ids": ("int32", 2)},
            {"log_probability": ("float32", 1), "length": ("int32", 1)},
        ),
        "step": (
            {"token_ids": ("int32", 1), "states": ("float32", 4)},
            {"logits": ("float32", 2), "states": ("float32", 4)},
        ),
    }


@generator_alone
def test_served_scores_are_those_of_the_functional_model(task, exported):
    """Against `task(...)`, the graph that training uses, which no signature shares."""
    token_ids = np.array([[5, 30, 97, 60, 7], [9, 11, 2, 0, 0]], "int32")
    shifted = np.concatenate([[[1], [1]], token_ids[:, :-1]], axis=1)
    logits = task({"token_ids": shifted, "padding_mask": token_ids != 0})
    log_probabilities = np.asarray(tf.nn.log_softmax(logits))
    chosen = np.take_along_axis(log_probabilities, token_ids[..., None], -1)[..., 0]
    (served,) = run_signatures(exported.path, [Call("score", {"token_ids": token_ids})])
    np.testing.assert_allclose(
        served["log_probability"], np.sum(chosen * (token_ids != 0), axis=1), rtol=1e-5
    )
    np.testing.assert_array_equal(served["length"], [5, 3])


@generator_alone
def test_served_greedy_generation_is_that_of_the_keras_hub_sampler(task, exported):
    prompt = np.array([[1, 5, 30, 97]], "int32")
    task.compile(sampler="greedy")
    padded = np.pad(prompt, ((0, 0), (0, 20)))
    expected = task.generate_step(
        {"token_ids": padded, "padding_mask": np.arange(24)[None] < 4}, stop_token_ids=[2]
    )
    inputs = {"token_ids": prompt[:, 1:], "length": 20, "temperature": 0.0, "seed": 0}
    (served,) = run_signatures(exported.path, [Call("generate", _typed(inputs))])
    length = int(np.sum(expected["padding_mask"])) - 1
    assert served["length"][0] == length
    np.testing.assert_array_equal(
        served["token_ids"][0, :length], np.asarray(expected["token_ids"])[0, 1 : length + 1]
    )


def _typed(inputs):
    kinds = {"length": np.int32, "temperature": np.float32, "seed": np.int32}
    return {name: kinds[name](v) if name in kinds else v for name, v in inputs.items()}


@generator_alone
def test_a_request_answers_the_same_alone_and_merged_with_longer_ones(exported):
    rows = [[5, 30, 97], [7], [9, 11, 12, 13, 14, 15, 16, 17]]
    merged = np.array([row + [0] * (8 - len(row)) for row in rows], "int32")
    settings = _typed({"length": 12, "temperature": 0.0, "seed": 0})
    calls = [Call("generate", {"token_ids": merged, **settings})] + [
        Call("generate", {"token_ids": np.array([row], "int32"), **settings}) for row in rows
    ]
    together, *alone = run_signatures(exported.path, calls)
    for index, answer in enumerate(alone):
        length = int(answer["length"][0])
        assert together["length"][index] == length
        np.testing.assert_array_equal(
            together["token_ids"][index, :length], answer["token_ids"][0, :length]
        )


@generator_alone
def test_seed_and_temperature_decide_what_is_drawn(exported):
    def settings(temperature, seed):
        typed = _typed({"length": 30, "temperature": temperature, "seed": seed})
        return Call("generate", {"token_ids": np.zeros((1, 0), "int32"), **typed})

    calls = [settings(1, 1), settings(1, 1), settings(1, 2), settings(0, 1), settings(0, 2)]
    first, again, other, greedy, greedy_again = (
        answer["token_ids"].tolist() for answer in run_signatures(exported.path, calls)
    )
    assert first == again
    assert first != other
    assert greedy == greedy_again


@generator_alone
@pytest.mark.parametrize(
    ("length", "temperature", "message"),
    [(0, 1.0, "at least 1"), (4097, 1.0, "above 4096"), (5, -1.0, "not be negative")],
)
def test_the_server_refuses_impossible_requests(exported, length, temperature, message):
    inputs = _typed({"length": length, "temperature": temperature, "seed": 0})
    with pytest.raises(RuntimeError, match=message):
        run_signatures(
            exported.path, [Call("generate", {"token_ids": np.ones((1, 2), "int32"), **inputs})]
        )


@generator_alone
@pytest.mark.slow
def test_versions_count_up_and_are_never_replaced(task, tmp_path):
    assert export_saved_model(task, tmp_path / "m").path.name == "1"
    assert export_saved_model(task, tmp_path / "m", version=7).path.name == "7"
    assert export_saved_model(task, tmp_path / "m").path.name == "8"
    with pytest.raises(ExportError, match="7 exists: give another version"):
        export_saved_model(task, tmp_path / "m", version=7)


@generator_alone
@pytest.mark.parametrize("name", ["..", ".hidden"])
def test_names_that_cannot_be_served_are_refused(task, tmp_path, name):
    with pytest.raises(ExportError, match="name"):
        export_saved_model(task, tmp_path / name)
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
@generator_alone
def test_a_signature_that_leaves_the_model_is_found(task, tmp_path, monkeypatch):
    """All runtimes agree on the wrong answer here; only the training graph differs."""
    layers = task.backbone.recurrent_layers

    def skip_last_layer(token_ids, states):
        x = task.backbone.token_embedding(token_ids)
        x, new = layers[0].cell(x, [states[:, 0, 0], states[:, 0, 1]])
        return x, tf.stack([tf.stack(new, axis=1), states[:, 1]], axis=1)

    monkeypatch.setattr(task.backbone, "step", skip_last_layer)
    with pytest.raises(ExportError, match="gives other answers than Keras"):
        export_saved_model(task, tmp_path / "m")


def test_another_precision_is_refused_by_name(case, tmp_path):
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        half = case.make()
    finally:
        keras.config.set_dtype_policy(policy)
    message = r"computes in bfloat16.*load it with `from_preset\(preset, dtype=\"float32\"\)`"
    with pytest.raises(ExportError, match=message):
        export_saved_model(half, tmp_path / "m")
    half.save_to_preset(tmp_path / "half")
    check_precision(type(half).from_preset(tmp_path / "half", dtype="float32"))


@pytest.fixture
def broken_export(monkeypatch):
    """The weights change between the writing and the comparison, as a broken export would."""
    write = saved_model.write_graph

    def write_then_change(model, *args):
        write(model, *args)
        for weight in model.trainable_weights:
            weight.assign_add(np.full(weight.shape, 0.05))

    monkeypatch.setattr(saved_model, "write_graph", write_then_change)


@pytest.mark.usefixtures("broken_export")
def test_other_answers_than_keras_fail_and_leave_nothing(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layers.LSTM(4)])
    with pytest.raises(ExportError, match="gives other answers than Keras"):
        export_saved_model(model, tmp_path / "m")
    assert not any(tmp_path.iterdir())


@pytest.mark.representative("NERTagger")
@each_model_slowly
@pytest.mark.usefixtures("broken_export")
def test_other_answers_of_a_model_of_the_zoo_fail_and_leave_nothing(task, tmp_path):
    before = task.get_weights()
    with pytest.raises(ExportError, match="gives other answers than Keras"):
        export_saved_model(task, tmp_path / "m")
    task.set_weights(before)
    assert not any(tmp_path.iterdir())


def test_a_graph_that_a_server_may_not_run_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((None, 3)), layers.LSTM(4)])

    def compiled(x):
        return {"outputs": dynamic_update_slice(model(x), tf.zeros([1, 1]), [0, 0])}

    signature = Signature(
        compiled,
        {"x": tf.TensorSpec([None, None, 3])},
        [{"x": np.ones((1, 2, 3), "float32")}],
    )
    with pytest.raises(ExportError, match="XlaDynamicUpdateSlice, which a server may not have"):
        export_saved_model(model, tmp_path / "m", signatures={"sequence": signature})
    assert not any(tmp_path.iterdir())


INPUTS = keras.Input((None,), dtype="int32", name="tokens")


def tagger(library):
    """Tokens of two kinds of input to labels and to one class: masks, both directions, a stack."""
    keras.utils.set_random_seed(5)
    features = keras.Input((None, 2), name="features")
    x = keras.layers.Embedding(9, 4, mask_zero=True)(INPUTS)
    x = library.Bidirectional(library.LSTM(5, return_sequences=True))(x)
    x = keras.layers.Concatenate()([x, features])
    outputs = {
        "labels": keras.layers.Dense(3, activation="softmax")(x),
        "kind": keras.layers.Dense(1)(library.GRU(4)(x)),
    }
    return keras.Model([INPUTS, features], outputs)


@pytest.mark.representative("ours")
@pytest.mark.slow
@pytest.mark.parametrize(
    "library",
    [layers, pytest.param(keras.layers, marks=pytest.mark.slow)],
    ids=["ours", "keras"],
)
def test_any_keras_model(tmp_path, library):
    model = tagger(library)
    done = export_saved_model(model, tmp_path / "tagger")
    assert {(c.signature, c.output) for c in done.report.comparisons} == {
        ("sequence", "labels"),
        ("sequence", "kind"),
    }
    inputs = {
        "tokens": np.array([[3, 1, 8], [2, 0, 0]], "int32"),
        "features": np.random.default_rng(0).random((2, 3, 2), "float32"),
    }
    expected = model([inputs["tokens"], inputs["features"]])
    (answer,) = run_signatures(done.path, [Call("serving_default", inputs)])
    for name in expected:
        np.testing.assert_allclose(answer[name], expected[name], atol=1e-5)


def test_a_model_without_inputs_is_refused(tmp_path):
    model = keras.Sequential([layers.LSTM(4)])
    with pytest.raises(ExportError, match=r"inputs of model .* are unknown"):
        export_saved_model(model, tmp_path / "m")
