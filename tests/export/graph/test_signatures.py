"""What is exported of a Keras model: which signatures, under which names."""

import threading

import keras
import numpy as np
import pytest
from keras import ops
from keras.src import backend

from seqzoo import layers
from seqzoo.export import ExportError, export_tflite, model_signatures, parity_report


def frames(name="frames", **arguments):
    return keras.Input((None, 4), name=name, **arguments)


def embedded():
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    return tokens, keras.layers.Embedding(9, 4, mask_zero=True)(tokens)


def two_layers_behind_a_mask():
    tokens, x = embedded()
    x = layers.LSTM(5, return_sequences=True)(x)
    return keras.Model(tokens, keras.layers.LSTM(5, return_sequences=True)(x))


def zeros_at_masked_steps():
    tokens, x = embedded()
    lstm = layers.LSTM(5, return_sequences=True, zero_output_for_mask=True)
    return keras.Model(tokens, lstm(x))


def names_that_are_no_identifiers():
    x = frames("my-input")
    return keras.Model(x, keras.layers.GRU(3, name="gru-1")(x))


def an_activation_of_the_users_own():
    x = frames()
    return keras.Model(x, keras.layers.LSTM(3, activation=lambda x: ops.tanh(2 * x))(x))


def a_fixed_batch():
    x = keras.Input((None, 4), batch_size=2)
    return keras.Model(x, keras.layers.LSTM(3)(x))


def a_mask_of_its_own():
    x, mask = frames(), keras.Input((None,), dtype="bool", name="mask")
    return keras.Model([x, mask], layers.LSTM(5, return_sequences=True)(x, mask=mask))


def a_layer_used_twice():
    x, gru = frames(), keras.layers.GRU(4, return_sequences=True)
    return keras.Model(x, gru(gru(x)))


def a_state_of_an_outputs_name():
    x = frames()
    y = keras.layers.GRU(4, return_sequences=True, name="g")(x)
    return keras.Model(x, [keras.layers.Dense(2, name="g_h")(y), keras.layers.Dense(2)(y)])


STREAMS = [
    two_layers_behind_a_mask,
    zeros_at_masked_steps,
    names_that_are_no_identifiers,
    an_activation_of_the_users_own,
    a_fixed_batch,
    a_mask_of_its_own,
    a_layer_used_twice,
    a_state_of_an_outputs_name,
]


@pytest.mark.representative(
    "two_layers_behind_a_mask", "names_that_are_no_identifiers", "a_layer_used_twice"
)
@pytest.mark.parametrize("make", STREAMS)
def test_models_that_have_a_step(make):
    assert set(model_signatures(make())) == {"sequence", "step"}


@pytest.mark.representative("zeros_at_masked_steps", "a_layer_used_twice", "a_mask_of_its_own")
@pytest.mark.slow
@pytest.mark.parametrize("make", STREAMS)
def test_models_that_have_a_step_in_tflite(make, tmp_path):
    report = export_tflite(make(), tmp_path / "m.tflite").report
    assert {c.signature for c in report.comparisons} == {"sequence", "step"}


def states_of_its_own():
    x = frames()
    gru = keras.layers.GRU(5, return_sequences=True)
    return keras.Model(x, gru(x, initial_state=keras.layers.GRU(5)(x)))


def an_activation_over_time():
    x = frames()
    summed = keras.layers.Activation(lambda x: ops.cumsum(x, axis=1))
    return keras.Model(x, summed(layers.LSTM(5, return_sequences=True)(x)))


@pytest.mark.parametrize(
    "make",
    [
        states_of_its_own,
        an_activation_over_time,
    ],
)
def test_models_whose_steps_would_answer_something_else(make):
    assert set(model_signatures(make())) == {"sequence"}


def test_no_output_is_lost():
    x = frames()
    model = keras.Model(x, keras.layers.LSTM(5, return_sequences=True, return_state=True)(x))
    answer = model_signatures(model)["sequence"].expected({"frames": np.ones((1, 3, 4), "float32")})
    assert {name: array.shape for name, array in answer.items()} == {
        "outputs_1": (1, 3, 5),
        "outputs_2": (1, 5),
        "outputs_3": (1, 5),
    }


def test_nested_outputs_are_named_by_their_path():
    x = frames()
    dense = keras.layers.Dense
    model = keras.Model(x, {"p": [dense(2)(x), dense(3)(x)], "q": dense(1)(x)})
    answer = model_signatures(model)["sequence"].expected({"frames": np.ones((1, 3, 4), "float32")})
    assert {name: array.shape[-1] for name, array in answer.items()} == {"p_0": 2, "p_1": 3, "q": 1}


def test_a_stateful_layer_is_refused():
    x = keras.Input((None, 4), batch_size=2)
    model = keras.Model(x, keras.layers.LSTM(4, stateful=True, name="keeps")(x))
    with pytest.raises(ExportError, match="'keeps' is stateful"):
        model_signatures(model)


def test_a_layer_in_double_precision_is_refused(tmp_path):
    x = frames()
    model = keras.Model(x, layers.LSTM(4, dtype="float64")(x))
    with pytest.raises(ExportError, match="computes in float64"):
        export_tflite(model, tmp_path / "m.tflite")


def test_nothing_to_compare_is_no_proof():
    with pytest.raises(ExportError, match="nothing to compare"):
        parity_report(a_fixed_batch())


@pytest.mark.slow
def test_exports_in_several_threads_leave_keras_as_it_was(tmp_path):
    before, errors = (backend.rnn, keras.layers.LSTM.inner_loop), []

    def export(number):
        try:
            export_tflite(an_activation_of_the_users_own(), tmp_path / f"{number}.tflite")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=export, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert (backend.rnn, keras.layers.LSTM.inner_loop) == before
