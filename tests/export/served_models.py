"""Small models as they are served: one of Keras, one of text and scalars, one of fixed rows."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from seqzoo import layers
from seqzoo.export.graph.tracing import write_graph
from seqzoo.export.saved_model.bundle import write_bundle
from seqzoo.layers.kernels.targets import portable
from seqzoo.zoo.base.signature import Signature


def sentiment():
    """A Keras model of sequences of any length; its signatures are `sequence` and `step`."""
    keras.utils.set_random_seed(3)
    embedding = keras.layers.Embedding(20, 4, mask_zero=True)
    lstm, dense = layers.LSTM(6), keras.layers.Dense(2)
    tokens = keras.Input([None], dtype="int32")
    model = keras.Model(tokens, dense(lstm(embedding(tokens))))

    def sequence(tokens):
        return {"scores": model(tokens, training=False)}

    def step(tokens, h, c):
        output, (h, c) = lstm.cell(tf.gather(embedding.embeddings, tokens), [h, c])
        return {"scores": dense(output), "h": h, "c": c}

    state = tf.TensorSpec([None, 6], tf.float32)
    states = np.random.default_rng(4).normal(size=(2, 3, 6)).astype("float32")
    signatures = {
        "sequence": Signature(
            sequence,
            {"tokens": tf.TensorSpec([None, None], tf.int32)},
            [
                {"tokens": np.array([[5, 3, 8, 1], [7, 0, 0, 0]], "int32")},
                {"tokens": np.array([[2]], "int32")},
            ],
        ),
        "step": Signature(
            step,
            {"tokens": tf.TensorSpec([None], tf.int32), "h": state, "c": state},
            [{"tokens": np.array([4, 0, 9], "int32"), "h": states[0], "c": states[1]}],
        ),
    }
    return model, signatures


def words():
    """Signatures that take text and scalars, and one that takes rows of several inputs."""

    def repeat(text, times, separator):
        joined = tf.strings.join([text, separator, text])
        repeated = tf.where(times > 1, joined, text)
        return {"repeated_bytes": repeated, "length": tf.strings.length(repeated)}

    def mix(x, ids, flags, name):
        ids = tf.where(flags, ids, -ids)
        return {"y": tf.reduce_sum(x, axis=1) + tf.cast(ids, tf.float32), "name": name}

    text = np.array([b"caf\xc3\xa9", b"\xff\x00binary", b""], object)
    mixed = {
        "x": np.array([[0.1, -2.5e-8, 3.0], [1e30, 1 / 3, 16777217.0]], np.float32),
        "ids": np.array([2**53 + 1, -7]),
        "flags": np.array([True, False]),
        "name": np.array([b"a", b"\xfe"], object),
    }
    return {
        "repeat": Signature(
            repeat,
            {
                "text": tf.TensorSpec([None], tf.string),
                "times": tf.TensorSpec([], tf.int32),
                "separator": tf.TensorSpec([], tf.string),
            },
            [{"text": text, "times": np.int32(2), "separator": "/"}],
        ),
        "mix": Signature(
            mix,
            {
                "x": tf.TensorSpec([None, 3], tf.float32),
                "ids": tf.TensorSpec([None], tf.int64),
                "flags": tf.TensorSpec([None], tf.bool),
                "name": tf.TensorSpec([None], tf.string),
            },
            [mixed],
        ),
    }


def window(examples=None):
    """A signature whose rows all have one shape."""
    kernel = tf.constant(np.linspace(-1, 1, 12).reshape(4, 3), tf.float32)

    def predict(x):
        return {"y": x @ kernel}

    examples = examples or [{"x": np.arange(8, dtype="float32").reshape(2, 4)}]
    return {"predict": Signature(predict, {"x": tf.TensorSpec([None, 4], tf.float32)}, examples)}


def save(folder: Path, signatures) -> None:
    """Writes a SavedModel of functions without weights."""
    concrete = {
        name: tf.function(signature.function).get_concrete_function(
            **{
                key: tf.TensorSpec(spec.shape, spec.dtype, name=key)
                for key, spec in signature.inputs.items()
            }
        )
        for name, signature in signatures.items()
    }
    default = next(iter(concrete.values()))
    tf.saved_model.save(
        tf.Module(), str(folder), signatures={"serving_default": default} | concrete
    )


def publish(models: Path, name: str, signatures, version=1, model=None) -> Path:
    """Writes a version of a model with its bundle; returns its folder."""
    folder = models / name / str(version)
    if model is None:
        save(folder, signatures)
    else:
        write_graph(model, signatures, folder, portable)
    write_bundle(models / name, folder, name, signatures)
    return folder
