"""What holds for every layer that starts a decoder from something else."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import GRU, LSTM, Bidirectional, PeepholeLSTM
from tests.contracts.layer_cases import FLOAT32, assert_close, mix, random
from tests.contracts.numpy_reference import numeric_gradients
from tests.layers.conditioned_cases import (
    BATCH,
    DECODERS,
    FEATURES,
    PLAIN,
    TIME,
    UNITS,
    each_case,
    each_decoder,
    run_in_steps,
    some_decoders,
    start,
)

# Two runs of the same float64 sums.
TOLERANCE = 1e-12
MASK = np.array([[0, 1, 1, 0, 1], [1, 1, 0, 0, 0]], bool)


@pytest.mark.representative(
    "LSTM-bidirectional-encoder",
    "keras-GRU-gru-encoder",
    "keras-GRU-initial-state",
    "keras-RNN-of-two-cells-first-input",
)
@each_case
@each_decoder
def test_steps_equal_the_run(case, decoder):
    layer = case.make(DECODERS[decoder](return_state=True, **PLAIN), dtype="float64")
    inputs = case.inputs()
    outputs, *states = layer(inputs)
    assert outputs.shape == (BATCH, TIME, UNITS)
    assert_close([outputs, states], run_in_steps(layer, inputs), TOLERANCE)


@each_case
@some_decoders
def test_states_keep_their_nesting(case, decoder):
    """A loop carries what goes in and comes out alike; the final states are nested so too."""
    layer = case.make(DECODERS[decoder](return_state=True, **PLAIN), dtype="float64")
    first, sequence = case.inputs()
    states = start(layer, first)
    _, after = layer.step(sequence[:, 0], states)
    _, *final = layer([first, sequence])
    keras.tree.assert_same_structure(after, states)
    keras.tree.assert_same_structure(tuple(final), states)
    assert {state.shape[0] for state in keras.tree.flatten(states)} == {BATCH}


@each_case
def test_the_first_input_matters_to_every_output(case):
    layer = case.make(LSTM(UNITS, **PLAIN), dtype="float64")
    first, sequence = case.inputs()
    difference = np.abs(layer([first, sequence]) - layer([2 * first, sequence]))
    assert difference.max(axis=2).min() > 1e-4


@pytest.mark.representative("bidirectional-encoder")
@pytest.mark.slow
@each_case
def test_gradients(case):
    """By every weight of encoder, bridge and decoder, against finite differences."""
    layer = case.make(PeepholeLSTM(UNITS, return_state=True, **PLAIN), dtype="float64")
    inputs = [tf.constant(x) for x in case.inputs()]
    weights = layer.trainable_weights

    @tf.function
    def value():
        answers = layer(inputs, mask=[None, MASK])
        return mix([answers[0] * MASK[..., None], *answers[1:]])

    def value_of(arrays):
        for weight, array in zip(weights, arrays, strict=True):
            weight.assign(array)
        return value().numpy()

    with tf.GradientTape() as tape:
        loss = value()
    gradients = tape.gradient(loss, weights)
    expected = numeric_gradients(value_of, [weight.numpy() for weight in weights])
    # Central differences: an error of the square of the shift of 1e-5, over sums of order 10.
    assert_close(gradients, expected, 1e-7)
    assert all(np.abs(gradient).max() > 1e-4 for gradient in gradients)


@each_case
@pytest.mark.parametrize("garbage", [0.0, np.nan])
def test_padded_sequence_equals_unpadded(case, garbage):
    layer = case.make(LSTM(UNITS, return_state=True, **PLAIN), dtype="float64")
    first, sequence = case.inputs()
    padded = layer([first, np.where(MASK[..., None], sequence, garbage)], mask=[None, MASK])
    for row in range(BATCH):
        alone = layer([first[row : row + 1], sequence[row : row + 1][:, MASK[row]]])
        assert_close(padded[0][row][MASK[row]], alone[0][0], TOLERANCE)
        assert_close([state[row] for state in padded[1:]], [s[0] for s in alone[1:]], TOLERANCE)


@each_case
def test_mask_of_the_outputs(case):
    inputs, masks = case.inputs(), [None, MASK]
    plain = case.make(LSTM(UNITS, **PLAIN), dtype="float64")
    with_state = case.make(LSTM(UNITS, return_state=True, **PLAIN), dtype="float64")
    assert plain.compute_mask(inputs, masks) is MASK
    assert plain.compute_mask(inputs, None) is None
    assert with_state.compute_mask(inputs, masks) == [MASK, None, None]
    outputs, *states = with_state(inputs, mask=masks)
    np.testing.assert_array_equal(outputs._keras_mask, MASK)
    assert not any(hasattr(state, "_keras_mask") for state in states)


def tokens_to_sequence(case):
    """A model from the first input and tokens, 0 for padding, to a number for each token."""
    first, _ = case.symbolic_inputs()
    tokens = keras.Input((None,), dtype="int32")
    sequence = keras.layers.Embedding(9, FEATURES, mask_zero=True)(tokens)
    outputs = case.wrap(PeepholeLSTM(UNITS, return_sequences=True))([first, sequence])
    model = keras.Model([first, tokens], keras.layers.Dense(1)(outputs))
    model.set_weights([random(*w.shape, seed=n) for n, w in enumerate(model.get_weights())])
    return model


@pytest.mark.representative("gru-encoder", "first-input")
@each_case
def test_mask_flows_from_an_embedding_to_the_loss(case):
    model = tokens_to_sequence(case)
    first, _ = case.inputs(dtype="float32")
    tokens = np.random.default_rng(0).integers(1, 9, size=MASK.shape) * MASK
    targets = random(BATCH, TIME, 1, seed=3, dtype="float32")
    errors = []
    for row in range(BATCH):
        valid = MASK[row]
        outputs = model([first[row : row + 1], tokens[row : row + 1][:, valid]])
        errors.extend(np.square(outputs[0] - targets[row][valid]).ravel())
    model.compile(loss="mse")
    loss = model.evaluate([first, tokens], targets, verbose=0)
    # float32, which rounds at 6e-8
    assert loss == pytest.approx(np.mean(errors), rel=1e-5)


@pytest.mark.representative("bidirectional-encoder")
@pytest.mark.slow
@each_case
def test_fit_and_model_file(case, tmp_path):
    """Unknown batch and time, all weights trained, and the same numbers from the file."""
    model = tokens_to_sequence(case)
    first, _ = case.inputs(dtype="float32")
    tokens = np.random.default_rng(0).integers(1, 9, size=MASK.shape) * MASK
    before = model.get_weights()
    model.compile("sgd", loss="mse")
    model.fit([first, tokens], random(BATCH, TIME, 1, seed=3), batch_size=BATCH, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.abs(old - new).max() > 1e-6
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert_close(again([first, tokens]), model([first, tokens]), 0)


@pytest.mark.representative(
    "LSTM-bidirectional-encoder",
    "LSTM-initial-state",
    "keras-GRU-gru-encoder",
    "keras-RNN-of-two-cells-first-input",
)
@each_case
@some_decoders
def test_configuration(case, decoder):
    layer = case.make(
        DECODERS[decoder](name="inner", **PLAIN), dtype="float64", trainable=False, name="outer"
    )
    config = json.loads(json.dumps(layer.get_config()))
    again = type(layer).from_config(config)
    assert json.loads(json.dumps(again.get_config())) == config
    assert (again.name, again.decoder.name) == ("outer", "inner")
    assert type(again.decoder) is type(layer.decoder)
    assert again.decoder is not layer.decoder
    again.build([(None, *case.first_shape), (None, None, FEATURES)])
    again.set_weights(layer.get_weights())
    assert_close(again(case.inputs()), layer(case.inputs()), 0)


@each_case
@some_decoders
def test_symbolic_shapes_are_those_of_the_answers(case, decoder):
    layer = case.make(DECODERS[decoder](return_state=True, **PLAIN), dtype="float64")
    symbolic = layer(case.symbolic_inputs())
    answers = layer(case.inputs())
    keras.tree.assert_same_structure(symbolic, answers)
    assert symbolic[0].shape == (None, None, UNITS)
    for tensor, answer in zip(
        keras.tree.flatten(symbolic[1:]), keras.tree.flatten(answers[1:]), strict=True
    ):
        assert tensor.shape == (None, answer.shape[-1])
    plain = case.make(DECODERS[decoder](**PLAIN), dtype="float64")
    assert plain(case.symbolic_inputs()).shape == (None, None, UNITS)


# The size of some dozen roundings: float16 rounds at 5e-4, bfloat16 at 4e-3.
@pytest.mark.representative(
    "mixed_float16-0.005-bidirectional-encoder",
    "mixed_float16-0.005-initial-state",
    "mixed_bfloat16-0.05-gru-encoder",
    "float32-1e-05-first-input",
)
@each_case
@pytest.mark.parametrize(
    ("policy", "tolerance"),
    [("mixed_float16", 5e-3), ("mixed_bfloat16", 5e-2), ("float32", FLOAT32)],
)
def test_precision(case, policy, tolerance):
    def make(dtype):
        decoder = LSTM(UNITS, return_sequences=True, return_state=True, dtype=dtype)
        return case.make(decoder, dtype=dtype)

    layer = make(policy)
    inputs = case.inputs(dtype="float32")
    answers = layer(inputs)
    in_steps, states = run_in_steps(layer, inputs)
    assert {weight.dtype for weight in layer.weights} == {"float32"}
    assert {a.dtype.name for a in [*answers, *states]} == {layer.compute_dtype}
    expected = [np.asarray(a) for a in make("float64")(case.inputs(dtype="float32"))]
    assert_close([tf.cast(a, "float64") for a in answers], expected, tolerance)
    assert_close(in_steps.astype("float64"), expected[0], tolerance)


@each_case
def test_states_keep_their_type(case):
    """A decoder of another precision than the layer around it, still fit for a loop."""
    layer = case.make(LSTM(UNITS, return_sequences=True, dtype="float32"), dtype="mixed_float16")
    first, sequence = case.inputs(dtype="float32")
    states = start(layer, first)
    _, after = layer.step(sequence[:, 0], states)
    assert [state.dtype for state in after] == [state.dtype for state in states]
    assert layer([first, sequence]).dtype == "float16"


@each_case
def test_training_reaches_the_decoder_and_steps_are_inference(case):
    layer = case.make(GRU(UNITS, dropout=0.5, seed=1, **PLAIN), dtype="float64")
    inputs = case.inputs()
    plain = layer(inputs)
    # A unit's inputs are all kept with probability 1/16.
    assert np.abs(layer(inputs, training=True) - plain).max() > 1e-3
    assert_close(layer(inputs, training=False), plain, 0)
    assert_close(run_in_steps(layer, inputs)[0], plain, TOLERANCE)


@pytest.mark.parametrize(
    ("decoder", "message"),
    [
        (Bidirectional(LSTM(3, return_sequences=True)), "must run forwards only"),
        (keras.layers.Bidirectional(keras.layers.LSTM(3)), "must run forwards only"),
        (LSTM(3, return_sequences=True, go_backwards=True), "must run forwards only"),
        (LSTM(3), "must be a recurrent layer with `return_sequences=True`"),
        (keras.layers.Dense(3), "must be a recurrent layer"),
        ("lstm", "must be a recurrent layer"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
@each_case
def test_decoder_that_is_none(case, decoder, message):
    with pytest.raises(ValueError, match=f"`decoder` {message}.* Received: decoder="):
        case.wrap(decoder)


@each_case
def test_inputs_of_another_number_or_rank(case):
    layer = case.wrap(LSTM(UNITS, return_sequences=True))
    first, sequence = case.inputs()
    with pytest.raises(ValueError, match="expects 2 input"):
        layer(sequence)
    with pytest.raises(ValueError, match="expects 2 input"):
        layer([first, sequence, sequence])
    with pytest.raises(ValueError, match="expected ndim=3, found ndim=2"):
        layer([first, sequence[:, 0]])
    with pytest.raises(ValueError, match="expected ndim="):
        layer([first[0], sequence])


@each_case
def test_mask_that_is_no_pair(case):
    layer = case.make(LSTM(UNITS, **PLAIN), dtype="float64")
    for mask in (MASK, [MASK]):
        with pytest.raises(ValueError, match="`mask` must be a list of two masks"):
            layer(case.inputs(), mask=mask)
