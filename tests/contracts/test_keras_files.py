"""Files of Keras's layers load into ours, and give the same numbers; those of Keras 2 too."""

import json
import zipfile

import h5py
import keras
import numpy as np
import pytest

from seqzoo import layers
from seqzoo.layers.keras_files import load_keras_model
from tests.contracts.layer_cases import (
    BATCH,
    FEATURES,
    TIME,
    UNITS,
    assert_close,
    each_keras_layer,
    each_layer,
    random,
)

# Both sides compute the same float32 sums, in another order, over some dozen steps and terms.
FLOAT32 = 2e-6

X = random(BATCH, TIME, FEATURES, dtype="float32")
SEQUENCES = {"return_sequences": True}


def wrapped(of):
    """A recurrent layer in every place where a model may hold one."""
    inner = keras.Sequential([keras.Input((None, UNITS)), of.GRU(UNITS, **SEQUENCES)])
    inputs = keras.Input((TIME, FEATURES))
    x, h, c = of.LSTM(UNITS, return_state=True, activation="relu", **SEQUENCES)(inputs)
    x = of.LSTM(UNITS, **SEQUENCES)(x, initial_state=[c, h])
    x = of.Bidirectional(
        of.GRU(UNITS, reset_after=False, **SEQUENCES),
        merge_mode="sum",
        backward_layer=of.SimpleRNN(UNITS, go_backwards=True, **SEQUENCES),
    )(x)
    cells = [of.SimpleRNNCell(2), of.LSTMCell(UNITS), of.GRUCell(UNITS)]
    x = keras.layers.RNN(cells, **SEQUENCES)(x)
    x = inner(inner(x))
    x = keras.layers.Reshape((TIME, UNITS, 1))(x)
    x = keras.layers.TimeDistributed(of.LSTM(2))(x)
    return keras.Model(inputs, keras.layers.Dense(2)(x))


def stateful(of):
    return keras.Sequential(
        [keras.Input((TIME, FEATURES), batch_size=BATCH), of.GRU(UNITS, stateful=True)]
    )


def randomized(model, seed=1):
    values = [random(*w.shape, seed=100 * seed + n) for n, w in enumerate(model.get_weights())]
    model.set_weights(values)
    return model


def kinds(model):
    """The classes of all layers, in nested models and wrappers too."""
    return [type(layer) for layer in model._flatten_layers()]


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
@pytest.mark.parametrize("make", [wrapped, stateful])
def test_model_file(make, suffix, tmp_path):
    theirs = randomized(make(keras.layers))
    theirs.save(tmp_path / f"theirs{suffix}")
    ours = load_keras_model(tmp_path / f"theirs{suffix}")
    assert kinds(ours) == kinds(make(layers))
    assert_close(ours.get_weights(), theirs.get_weights(), 0)
    for _ in range(2):
        assert_close(ours(X), theirs(X), FLOAT32)
    ours.save(tmp_path / "ours.keras")
    again = keras.models.load_model(tmp_path / "ours.keras")
    assert kinds(again) == kinds(ours)


def test_keras_itself_does_not_replace_its_layers(tmp_path):
    """The reason for `load_keras_model`; if this fails, it may no longer be needed."""
    stateful(keras.layers).save(tmp_path / "theirs.keras")
    custom_objects = {"GRU": layers.GRU, "keras.layers>GRU": layers.GRU}
    model = keras.models.load_model(tmp_path / "theirs.keras", custom_objects=custom_objects)
    assert type(model.layers[0]) is keras.layers.GRU


def test_training_goes_on_as_it_would_have(tmp_path):
    lstm = keras.layers.Bidirectional(keras.layers.LSTM(UNITS, **SEQUENCES))
    theirs = keras.Sequential([keras.Input((TIME, FEATURES)), lstm, keras.layers.GRU(UNITS)])
    randomized(theirs)
    theirs.compile(keras.optimizers.Adam(0.02), loss="mse", run_eagerly=True)
    target = random(BATCH, UNITS, seed=9)
    theirs.fit(X, target, epochs=2, verbose=0)
    theirs.save(tmp_path / "theirs.keras")
    ours = load_keras_model(tmp_path / "theirs.keras")
    assert_close(ours.optimizer.variables, theirs.optimizer.variables, 0)
    expected = theirs.fit(X, target, epochs=3, verbose=0).history
    # Adam divides by the size of the gradient, and with it makes its rounding larger.
    assert_close(ours.fit(X, target, epochs=3, verbose=0).history, expected, 1e-4)
    assert expected["loss"][2] < 0.99 * expected["loss"][0]


def test_compile_can_be_left_out(tmp_path):
    theirs = stateful(keras.layers)
    theirs.compile("sgd", "mse")
    theirs.save(tmp_path / "theirs.keras")
    assert load_keras_model(tmp_path / "theirs.keras").compiled
    assert not load_keras_model(tmp_path / "theirs.keras", compile=False).compiled


@keras.saving.register_keras_serializable("seqzoo_tests", name="LSTM")
class LSTM(keras.layers.LSTM):
    """A user's class with a name of Keras's."""


class GRU(keras.layers.GRU):
    """The same, not registered."""


def test_classes_of_the_user_stay(tmp_path):
    file = tmp_path / "theirs.keras"
    theirs = [LSTM(UNITS, **SEQUENCES), GRU(UNITS)]
    keras.Sequential([keras.Input((TIME, FEATURES)), *theirs]).save(file)
    model = load_keras_model(file, custom_objects={"GRU": GRU})
    assert [type(layer) for layer in model.layers] == [LSTM, GRU]


@pytest.mark.parametrize(("source", "target"), [(keras.layers, layers), (layers, keras.layers)])
def test_weights(source, target, tmp_path):
    """In memory and in a file, from Keras's layers to ours and back."""
    one, other = randomized(wrapped(source)), wrapped(target)
    other.set_weights(one.get_weights())
    first = one(X)
    assert_close(other(X), first, FLOAT32)
    randomized(one, seed=2).save_weights(tmp_path / "model.weights.h5")
    other.load_weights(tmp_path / "model.weights.h5")
    assert_close(other.get_weights(), one.get_weights(), 0)
    assert_close(other(X), one(X), FLOAT32)
    assert np.abs(other(X) - first).max() > 0.01


@each_keras_layer
def test_configuration_of_keras(case):
    theirs = case.make_keras(activation="relu", return_sequences=True, stateful=True)
    config = json.loads(json.dumps(theirs.get_config()))
    ours = case.layer.from_config(config).get_config()
    assert {name: ours[name] for name in config if name != "dtype"} == {
        name: value for name, value in config.items() if name != "dtype"
    }


# Keras 2


@each_layer
def test_dead_argument_is_dropped(case):
    config = {**case.make().get_config(), "time_major": False}
    expected = case.make(name=config["name"]).get_config()
    assert case.layer.from_config(config).get_config() == expected
    # It is the caller's.
    assert "time_major" in config


@each_layer
def test_time_major_is_refused(case):
    with pytest.raises(ValueError, match=r"`time_major` must be False: swap the first two axes"):
        case.layer.from_config({**case.make().get_config(), "time_major": True})


@each_layer
@pytest.mark.parametrize(
    "shape", [{"input_shape": [TIME, FEATURES]}, {"batch_input_shape": [None, TIME, FEATURES]}]
)
@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_shape_of_the_input_in_the_configuration(case, shape):
    layer = case.layer.from_config({**case.make().get_config(), **shape})
    assert keras.Sequential([layer]).input_shape == (None, TIME, FEATURES)


def recurrent_config(name, **arguments):
    """What Keras 2 wrote of an LSTM."""
    initializer = {
        "class_name": "VarianceScaling",
        "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None},
    }
    orthogonal = {"class_name": "Orthogonal", "config": {"gain": 1.0, "seed": None}}
    return {
        "name": name,
        "trainable": True,
        "return_sequences": True,
        "return_state": False,
        "go_backwards": False,
        "stateful": False,
        "unroll": False,
        "units": UNITS,
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "use_bias": True,
        "kernel_initializer": initializer,
        "recurrent_initializer": orthogonal,
        "bias_initializer": {"class_name": "Zeros", "config": {}},
        "unit_forget_bias": True,
        "kernel_regularizer": None,
        "recurrent_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "recurrent_constraint": None,
        "bias_constraint": None,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        "implementation": 1,
        **arguments,
    }


def layer_config(kind, **arguments):
    return {"class_name": kind, "config": arguments}


def tagger_config(first, **arguments):
    """What Keras 2 wrote of a tagger, from the embedding on."""
    return [
        layer_config("Embedding", name="embed", input_dim=9, output_dim=FEATURES, **first),
        layer_config(
            "Bidirectional",
            name="both",
            merge_mode="concat",
            layer=layer_config("LSTM", **recurrent_config("lstm", **arguments)),
        ),
        layer_config(
            "TimeDistributed",
            name="tags",
            layer=layer_config("Dense", name="dense", units=2, activation="hard_sigmoid"),
        ),
    ]


def write_hdf5(path, version, layer_configs, model):
    """A file as Keras 2 wrote it, with the weights of a model of today."""
    config = {"class_name": "Sequential", "config": {"name": "old", "layers": layer_configs}}
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = version.encode()
        file.attrs["backend"] = b"tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            values = layer.get_weights()
            names = [f"weight_{n}:0" for n in range(len(values))]
            saved = group.create_group(layer.name)
            saved.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, values, strict=True):
                saved[name] = value


@keras.saving.register_keras_serializable("seqzoo_tests")
def old_hard_sigmoid(x):
    """As the documentation of Keras 2 has it: 0 below -2.5, 1 above 2.5, and a line between."""
    x = keras.ops.convert_to_tensor(x)
    line = 0.2 * x + 0.5
    return keras.ops.where(x < -2.5, 0.0, keras.ops.where(x > 2.5, 1.0, line))


def tagger(recurrent_activation):
    lstm = keras.layers.LSTM(UNITS, recurrent_activation=recurrent_activation, **SEQUENCES)
    return randomized(
        keras.Sequential(
            [
                keras.Input((TIME,), dtype="int32"),
                keras.layers.Embedding(9, FEATURES),
                keras.layers.Bidirectional(lstm),
                keras.layers.TimeDistributed(keras.layers.Dense(2, activation=old_hard_sigmoid)),
            ]
        ),
        # Values at which the two functions differ.
        seed=3,
    )


TOKENS = np.random.default_rng(4).integers(9, size=(BATCH, TIME))
SHAPE = {"batch_input_shape": [None, TIME]}
OLD_FILES = {
    "2.2.4": (tagger_config(SHAPE, recurrent_activation="hard_sigmoid"), old_hard_sigmoid),
    "2.15.0": (
        [
            layer_config("InputLayer", name="input_1", dtype="float32", **SHAPE),
            *tagger_config(SHAPE, time_major=False),
        ],
        "sigmoid",
    ),
}


@pytest.mark.parametrize("version", OLD_FILES)
def test_hdf5_file_of_keras_2(version, tmp_path):
    file = tmp_path / "old.h5"
    config, recurrent_activation = OLD_FILES[version]
    expected = tagger(recurrent_activation)
    write_hdf5(file, version, config, expected)
    model = load_keras_model(file)
    assert type(model.layers[1]) is layers.Bidirectional
    assert type(model.layers[1].backward_layer) is layers.LSTM
    assert_close(model(TOKENS), expected(TOKENS), FLOAT32)
    model.save(tmp_path / "new.keras")
    assert_close(keras.models.load_model(tmp_path / "new.keras")(TOKENS), model(TOKENS), 0)


def test_hdf5_file_of_keras_2_by_keras(tmp_path):
    """Without wrappers, `custom_objects` is enough."""
    expected = randomized(
        keras.Sequential([keras.Input((TIME, FEATURES)), keras.layers.LSTM(UNITS, **SEQUENCES)])
    )
    config = recurrent_config("lstm", time_major=False, batch_input_shape=[None, TIME, FEATURES])
    config = [{"class_name": "LSTM", "config": config}]
    write_hdf5(tmp_path / "old.h5", "2.15.0", config, expected)
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`"):
        model = keras.models.load_model(
            tmp_path / "old.h5", custom_objects={"LSTM": layers.LSTM}, compile=False
        )
    assert type(model.layers[0]) is layers.LSTM
    assert_close(model(X), expected(X), FLOAT32)


@pytest.mark.parametrize("time_major", [False, True])
def test_archive_of_keras_2(time_major, tmp_path):
    """Keras 2.13 to 2.15 wrote `.keras` files too, with modules."""
    expected = randomized(wrapped(keras.layers))
    expected.save(tmp_path / "new.keras")
    old = tmp_path / "old.keras"
    with zipfile.ZipFile(tmp_path / "new.keras") as source, zipfile.ZipFile(old, "w") as target:
        config = json.loads(source.read("config.json"))
        for layer in config["config"]["layers"]:
            if layer["class_name"] in ("LSTM", "RNN"):
                layer["config"] |= {"time_major": time_major, "batch_input_shape": [None, None, 9]}
        target.writestr("config.json", json.dumps(config))
        target.writestr("metadata.json", json.dumps({"keras_version": "2.15.0"}))
        target.writestr("model.weights.h5", source.read("model.weights.h5"))
    if time_major:
        with pytest.raises(ValueError, match="`time_major` must be False"):
            load_keras_model(old)
    else:
        assert_close(load_keras_model(old)(X), expected(X), FLOAT32)


def test_hard_sigmoid_of_keras_3_is_its_own(tmp_path):
    theirs = keras.Sequential(
        [
            keras.Input((TIME, FEATURES)),
            keras.layers.GRU(UNITS, recurrent_activation="hard_sigmoid"),
        ]
    )
    randomized(theirs).save(tmp_path / "theirs.keras")
    ours = load_keras_model(tmp_path / "theirs.keras")
    assert ours.layers[0].recurrent_activation is keras.activations.hard_sigmoid
    assert_close(ours(X), theirs(X), FLOAT32)


@pytest.mark.parametrize("name", ["arrays.keras", "model"], ids=["an-archive", "no-suffix"])
def test_file_of_another_kind(tmp_path, name):
    np.savez(tmp_path / "arrays.npz", x=np.ones(3))
    path = (tmp_path / "arrays.npz").rename(tmp_path / name)
    with pytest.raises(ValueError, match=rf"`path` must be a `.keras`.*{name}"):
        load_keras_model(path)


def test_file_that_holds_no_model(tmp_path):
    (tmp_path / "notes.keras").write_text("nothing")
    with pytest.raises(ValueError, match=r"`path` must be a `.keras`.*notes.keras"):
        load_keras_model(tmp_path / "notes.keras")
    with pytest.raises(FileNotFoundError, match=r"`path` must be a file.*missing.h5"):
        load_keras_model(tmp_path / "missing.h5")


def test_file_that_holds_only_weights(tmp_path):
    stateful(keras.layers).save_weights(tmp_path / "theirs.weights.h5")
    with pytest.raises(ValueError, match=r"not only weights.*load_weights.*theirs.weights.h5"):
        load_keras_model(tmp_path / "theirs.weights.h5")
