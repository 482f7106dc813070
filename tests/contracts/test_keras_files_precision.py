"""Models that were trained in half or mixed precision, loaded in float32."""

import keras
import numpy as np
import pytest

from seqzoo.export import TFLiteFile, export_tflite
from seqzoo.layers.keras_files import load_keras_model
from tests.contracts.layer_cases import FEATURES, TIME, assert_close, random
from tests.contracts.test_keras_files import wrapped

X = random(2, TIME, FEATURES, dtype="float32")
# Their own rounding, 2^-8 and 2^-11, over some dozen steps: what float32 is free of.
ROUNDING = {"mixed_bfloat16": 0.1, "mixed_float16": 0.01, "float16": 0.01, "float64": 1e-5}


@pytest.fixture(params=ROUNDING)
def precision(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.mark.representative("mixed_float16-.keras")
@pytest.mark.parametrize("suffix", [".keras", pytest.param(".h5", marks=pytest.mark.slow)])
def test_every_layer_computes_in_float32_on_the_saved_weights(precision, suffix, tmp_path):
    theirs = wrapped(keras.layers)
    theirs.save(tmp_path / f"theirs{suffix}")
    model = load_keras_model(tmp_path / f"theirs{suffix}", dtype="float32")
    assert {layer.compute_dtype for layer in model._flatten_layers()} == {"float32"}
    assert {weight.dtype for weight in model.weights if "seed" not in weight.path} == {"float32"}
    for ours, saved in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, saved.astype(ours.dtype))
    answer = model.predict(X, verbose=0)
    assert answer.dtype == "float32"
    expected = theirs.predict(X, verbose=0).astype("float32")
    assert_close(answer, expected, ROUNDING[precision])
    same = load_keras_model(tmp_path / f"theirs{suffix}")
    assert {layer.compute_dtype for layer in same._flatten_layers()} != {"float32"}


def test_what_is_no_float_keeps_its_type(tmp_path):
    tokens = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(9, 4, dtype="mixed_float16")(tokens)
    x = keras.ops.cast(keras.layers.LSTM(3, dtype="mixed_float16")(x), "float64")
    model = keras.Model(tokens, {"numbers": x, "counts": keras.ops.cast(x, "int32")})
    model.save(tmp_path / "theirs.keras")
    loaded = load_keras_model(tmp_path / "theirs.keras", dtype=keras.DTypePolicy("float32"))
    assert loaded.inputs[0].dtype == "int32"
    assert {name: output.dtype for name, output in loaded.output.items()} == {
        "numbers": "float32",
        "counts": "int32",
    }


@pytest.mark.slow
def test_a_model_trained_in_mixed_precision_is_exported(tmp_path):
    model = keras.Sequential(
        [keras.Input((None, FEATURES)), keras.layers.LSTM(3, dtype="mixed_float16")]
    )
    model.compile("adam", "mse")
    model.fit(X, X[:, 0, :3], verbose=0)
    model.save(tmp_path / "theirs.keras")
    loaded = load_keras_model(tmp_path / "theirs.keras", dtype="float32")
    export_tflite(loaded, tmp_path / "model.tflite")
    answer = TFLiteFile(tmp_path / "model.tflite").run("sequence", **{loaded.inputs[0].name: X})
    assert_close(answer["outputs"], model.predict(X, verbose=0).astype("float32"), 0.01)
