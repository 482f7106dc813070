"""Models of Keras's own layers that its graphs, or TFLite's converter, would get wrong."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras.layers import Conv2D, Dense, Dropout, Embedding, Flatten, Masking, TimeDistributed

from seqzoo import layers
from seqzoo.export import (
    ExportError,
    Signature,
    TFLiteFile,
    export_saved_model,
    export_tflite,
    model_signatures,
)


def video():
    return [keras.Input((None, 6, 6, 1)), TimeDistributed(Conv2D(2, 3)), TimeDistributed(Flatten())]


def paragraphs():
    """Sequences of sequences, of which both may be padded."""
    inner = keras.Sequential([keras.Input((None, 3)), Masking(), layers.LSTM(4)])
    return [keras.Input((None, None, 3)), TimeDistributed(inner)]


def tokens():
    return [
        keras.Input((None,), dtype="int32"),
        Embedding(9, 3, mask_zero=True),
        TimeDistributed(Dense(4)),
    ]


@pytest.mark.representative("tokens")
@pytest.mark.parametrize("make", [video, paragraphs, tokens])
def test_time_distributed_over_an_unknown_number_of_time_steps(make, tmp_path):
    """In a graph Keras 3.15 has wrong shapes there; called eagerly it knows the number."""
    model = keras.Sequential([*make(), layers.LSTM(3)])
    report = export_tflite(model, tmp_path / "model.tflite").report
    assert {comparison.output for comparison in report.comparisons} >= {"outputs"}


@pytest.mark.slow
def test_time_distributed_on_a_server(tmp_path):
    export_saved_model(keras.Sequential([*video(), layers.LSTM(3)]), tmp_path / "video")


def quantized(mode):
    model = keras.Sequential([keras.Input((None, 8)), layers.LSTM(4), Dense(8, name="answer")])
    model.quantize(mode)
    return model


@pytest.mark.representative("int8")
@pytest.mark.parametrize("mode", ["int8", "float8"])
def test_a_model_that_keras_quantized_names_the_way_out(mode, tmp_path):
    with pytest.raises(
        ExportError, match=rf"'answer' is quantized by Keras \({mode}\).*quantize='int8'"
    ):
        export_tflite(quantized(mode), tmp_path / "model.tflite")
    assert not any(tmp_path.iterdir())


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.lstm = layers.LSTM(4)
        self.drop = Dropout(0.5)

    def call(self, x, training=False):
        return self.drop(self.lstm(x), training=training)


@pytest.mark.slow
def test_signatures_of_ones_own_export_a_subclassed_model(tmp_path):
    model, x = Subclassed(), np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    signature = Signature(
        lambda frames: {"state": model(frames)},
        {"frames": tf.TensorSpec([None, None, 3])},
        [{"frames": x}],
    )
    with pytest.raises(ExportError, match="`signatures` of your own"):
        export_tflite(model, tmp_path / "model.tflite")
    export_tflite(model, tmp_path / "model.tflite", signatures={"encode": signature})
    file = TFLiteFile(tmp_path / "model.tflite")
    assert list(file.signatures) == ["encode"]
    np.testing.assert_allclose(file.run("encode", frames=x)["state"], model(x), atol=1e-6)
    with pytest.raises(ExportError, match="fused form has only the signature 'sequence'"):
        export_tflite(
            model, tmp_path / "a.tflite", form="fused", signatures={"sequence": signature}
        )
    with pytest.raises(ExportError, match="leave them out"):
        export_tflite(model, tmp_path / "a.tflite", signatures={"encode": signature}, examples=[x])


@pytest.mark.parametrize("nested", [False, True])
def test_dropout_that_is_always_on_is_said_to_be_left_out(nested):
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, layers.LSTM(4, dropout=0.5, name="always")(inputs, training=True))
    if nested:
        model = keras.Sequential([keras.Input((None, 3)), model, Dense(2)])
    with pytest.warns(UserWarning, match="'always' is called with training=True.*`signatures`"):
        model_signatures(model)
