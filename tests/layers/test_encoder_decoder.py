"""The encoder's side of an encoder and decoder, and the bridge between them."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.layers import GRU, LSTM, Bidirectional, GRUCell, LSTMCell, PeepholeLSTM, SimpleRNN
from seqzoo.layers.encoder_decoder import EncoderDecoder
from tests.contracts import numpy_reference
from tests.contracts.layer_cases import assert_close, mix, random, random_weights
from tests.layers.conditioned_cases import (
    BATCH,
    FEATURES,
    SOURCE_FEATURES,
    SOURCE_TIME,
    TIME,
    UNITS,
)

# Two runs of the same float64 sums.
TOLERANCE = 1e-12
DTYPE = {"dtype": "float64"}
SOURCE = random(BATCH, SOURCE_TIME, SOURCE_FEATURES, seed=1)
TARGET = random(BATCH, TIME, FEATURES, seed=2)


def encoder_of(layer, units=UNITS, **arguments):
    return layer(units, return_state=True, **DTYPE, **arguments)


def decoder_of(layer, units=UNITS, **arguments):
    return layer(units, return_sequences=True, **DTYPE, **arguments)


def make(encoder, decoder, **arguments):
    """The layer, built, with distinct random weights."""
    layer = EncoderDecoder(encoder, decoder, **DTYPE, **arguments)
    layer.build([SOURCE.shape, TARGET.shape])
    layer.set_weights(random_weights(layer))
    return layer


def bridged(states, weights):
    """The bridge in NumPy: every state from all states, side by side."""
    context = np.concatenate(states, axis=1)
    pairs = zip(weights[::2], weights[1::2], strict=True)
    return [np.tanh(context @ V + b) for V, b in pairs]


def test_equations_without_a_bridge():
    layer = make(encoder_of(LSTM), decoder_of(PeepholeLSTM, return_state=True))
    zeros = [np.zeros((BATCH, UNITS))] * 2
    _, states = numpy_reference.run(
        numpy_reference.lstm, layer.encoder.get_weights(), SOURCE, zeros
    )
    outputs, states = numpy_reference.run(
        numpy_reference.peephole_lstm, layer.decoder.get_weights(), TARGET, states
    )
    assert_close(layer([SOURCE, TARGET]), [outputs, *states], TOLERANCE)


def test_equations_with_a_bridge():
    layer = make(encoder_of(GRU, units=5), decoder_of(LSTM))
    zeros = [np.zeros((BATCH, 5))]
    _, states = numpy_reference.run(
        numpy_reference.gru_reset_after, layer.encoder.get_weights(), SOURCE, zeros
    )
    states = bridged(states, layer.state_bridge.get_weights())
    outputs, _ = numpy_reference.run(
        numpy_reference.lstm, layer.decoder.get_weights(), TARGET, states
    )
    assert_close(layer([SOURCE, TARGET]), outputs, TOLERANCE)


@pytest.mark.parametrize("wrapper", [Bidirectional, keras.layers.Bidirectional])
@pytest.mark.parametrize("merge_mode", ["concat", "sum", None])
@pytest.mark.parametrize("return_sequences", [False, True])
def test_equations_with_a_bidirectional_encoder(wrapper, merge_mode, return_sequences):
    inner = encoder_of(LSTM, units=2, return_sequences=return_sequences)
    layer = make(wrapper(inner, merge_mode=merge_mode, **DTYPE), decoder_of(GRU))
    zeros = [np.zeros((BATCH, 2))] * 4
    *_, states = numpy_reference.run_both_ways(
        numpy_reference.lstm, layer.encoder.get_weights(), SOURCE, zeros
    )
    states = bridged(states, layer.state_bridge.get_weights())
    outputs, _ = numpy_reference.run(
        numpy_reference.gru_reset_after, layer.decoder.get_weights(), TARGET, states
    )
    assert_close(layer([SOURCE, TARGET]), outputs, TOLERANCE)


def test_encoder_that_reads_from_the_end():
    """Sutskever et al. (2014), section 3.3: the same as reversing the source."""
    forwards = make(encoder_of(LSTM), decoder_of(LSTM))
    backwards = make(encoder_of(LSTM, go_backwards=True), decoder_of(LSTM))
    assert_close(backwards([SOURCE, TARGET]), forwards([SOURCE[:, ::-1], TARGET]), TOLERANCE)


def stack_of(*cells, **arguments):
    return keras.layers.RNN([cell(UNITS, **DTYPE) for cell in cells], **DTYPE, **arguments)


@pytest.mark.parametrize(
    ("encoder", "decoder", "same_states"),
    [
        (encoder_of(LSTM), decoder_of(LSTM), True),
        (encoder_of(keras.layers.LSTM), decoder_of(PeepholeLSTM), True),
        (encoder_of(GRU), decoder_of(SimpleRNN), True),
        (encoder_of(LSTM, units=UNITS + 1), decoder_of(LSTM), False),
        (encoder_of(GRU), decoder_of(LSTM), False),
        (encoder_of(LSTM), decoder_of(GRU), False),
        # As many numbers as the decoder has, but with other meanings.
        (Bidirectional(encoder_of(GRU), **DTYPE), decoder_of(LSTM), False),
        (
            Bidirectional(encoder_of(LSTM), **DTYPE),
            stack_of(LSTMCell, LSTMCell, return_sequences=True),
            False,
        ),
        (encoder_of(LSTM), stack_of(GRUCell, GRUCell, return_sequences=True), False),
        (
            stack_of(LSTMCell, GRUCell, return_state=True),
            stack_of(LSTMCell, GRUCell, return_sequences=True),
            True,
        ),
        (
            stack_of(GRUCell, LSTMCell, return_state=True),
            stack_of(LSTMCell, GRUCell, return_sequences=True),
            False,
        ),
    ],
)
def test_choice_of_the_bridge(encoder, decoder, same_states):
    layer = EncoderDecoder(encoder, decoder, **DTYPE)
    assert (layer.state_bridge is None) == same_states
    assert EncoderDecoder(encoder, decoder, bridge="dense", **DTYPE).state_bridge is not None
    if same_states:
        assert EncoderDecoder(encoder, decoder, bridge="none", **DTYPE).state_bridge is None
        states = keras.tree.flatten(layer.encode(SOURCE))
        assert_close(states, keras.tree.flatten(encoder(SOURCE)[1:]), 0)
    else:
        with pytest.raises(ValueError, match="if the states of encoder and decoder differ"):
            EncoderDecoder(encoder, decoder, bridge="none", **DTYPE)
    assert layer([SOURCE, TARGET]).shape == (BATCH, TIME, UNITS)


def make_bidirectional():
    encoder = Bidirectional(encoder_of(GRU, units=2), **DTYPE)
    return make(encoder, decoder_of(PeepholeLSTM))


SOURCE_MASK = np.array([[0, 0, 1, 1, 0, 1], [1, 1, 1, 0, 0, 0]], bool)


def run_with_gradient(layer, source, mask, target):
    """The outputs, and the gradient of their sum, each with a factor of its own, by the source."""
    source = tf.constant(source)
    with tf.GradientTape() as tape:
        tape.watch(source)
        outputs = layer([source, target], mask=[mask, None])
        # The rows have the same factors, so that a row alone has the same gradient.
        loss = sum(mix([row]) for row in tf.unstack(outputs))
    return outputs, tape.gradient(loss, source)


@pytest.mark.parametrize("garbage", [0.0, 1e30])
@pytest.mark.parametrize(
    "make_layer",
    [
        make_bidirectional,
        lambda: make(encoder_of(LSTM, go_backwards=True), decoder_of(LSTM)),
        lambda: make(encoder_of(keras.layers.GRU), decoder_of(GRU)),
    ],
    ids=["bidirectional", "backwards", "keras"],
)
def test_padding_in_the_source_does_not_matter(make_layer, garbage):
    layer = make_layer()
    source = np.where(SOURCE_MASK[..., None], SOURCE, garbage)
    outputs, gradient = run_with_gradient(layer, source, SOURCE_MASK, TARGET)
    assert not np.any(gradient.numpy()[~SOURCE_MASK])
    for row in range(BATCH):
        mine = slice(row, row + 1)
        alone = SOURCE[mine][:, SOURCE_MASK[row]]
        expected, by_alone = run_with_gradient(layer, alone, None, TARGET[mine])
        assert_close(outputs[row], expected[0], TOLERANCE)
        assert_close(gradient[row][SOURCE_MASK[row]], by_alone[0], TOLERANCE)


def test_encode_takes_the_mask():
    layer = make_bidirectional()
    states = layer.encode(SOURCE, mask=SOURCE_MASK)
    for row in range(BATCH):
        alone = layer.encode(SOURCE[row : row + 1][:, SOURCE_MASK[row]])
        assert_close([state[row] for state in states], [state[0] for state in alone], TOLERANCE)


def test_source_that_is_nothing_but_padding():
    layer = make_bidirectional()
    nothing = layer.encode(SOURCE, mask=np.zeros_like(SOURCE_MASK))
    expected = bridged([np.zeros((BATCH, 4))], layer.state_bridge.get_weights())
    assert_close(nothing, expected, TOLERANCE)


def test_masks_flow_from_embeddings():
    """Zeros in the source do not matter, and those in the target are masked in the output."""
    embed = keras.layers.Embedding(9, FEATURES, mask_zero=True, **DTYPE)
    source, target = keras.Input((None,), dtype="int32"), keras.Input((None,), dtype="int32")
    layer = EncoderDecoder(
        Bidirectional(encoder_of(LSTM), **DTYPE), decoder_of(GRU, return_state=True), **DTYPE
    )
    model = keras.Model([source, target], layer([embed(source), embed(target)]))
    unpadded = model([np.array([[3, 1, 4]]), np.array([[1, 5]])])
    outputs, state = model([np.array([[0, 3, 0, 1, 4, 0]]), np.array([[1, 5, 0, 0]])])
    assert_close([outputs[:, :2], state], unpadded, TOLERANCE)
    np.testing.assert_array_equal(outputs._keras_mask, [[1, 1, 0, 0]])


def test_training_reaches_the_encoder():
    layer = make(encoder_of(LSTM, dropout=0.5, seed=1), decoder_of(LSTM))
    plain = layer([SOURCE, TARGET])
    assert np.abs(layer([SOURCE, TARGET], training=True) - plain).max() > 1e-3
    assert_close(layer([SOURCE, TARGET], training=False), plain, 0)
    assert np.abs(layer.encode(SOURCE, training=True)[0] - layer.encode(SOURCE)[0]).max() > 1e-3


@pytest.mark.parametrize("bridge", ["auto", "dense", "none"])
def test_configuration(bridge):
    layer = make(encoder_of(LSTM, activation="elu"), decoder_of(PeepholeLSTM), bridge=bridge)
    again = EncoderDecoder.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.bridge == bridge
    assert again.encoder.activation is keras.activations.elu
    again.build([SOURCE.shape, TARGET.shape])
    again.set_weights(layer.get_weights())
    assert_close(again([SOURCE, TARGET]), layer([SOURCE, TARGET]), 0)


def test_encoder_can_be_shared():
    encoder = encoder_of(LSTM)
    one, other = [EncoderDecoder(encoder, decoder_of(LSTM), **DTYPE) for _ in range(2)]
    one([SOURCE, TARGET]), other([SOURCE, TARGET])
    assert_close(one.encode(SOURCE), other.encode(SOURCE), 0)
    assert np.abs(one([SOURCE, TARGET]) - other([SOURCE, TARGET])).max() > 1e-3


@pytest.mark.parametrize(
    "encoder",
    [LSTM(3), Bidirectional(LSTM(3)), keras.layers.Dense(3), "lstm"],
    ids=lambda value: getattr(value, "name", ""),
)
def test_encoder_without_states(encoder):
    with pytest.raises(ValueError, match=r"`encoder` must be .* with `return_state=True`.*encoder"):
        EncoderDecoder(encoder, decoder_of(LSTM))


def test_bridge_that_is_none_of_the_names():
    with pytest.raises(ValueError, match=r"`bridge` must be 'auto', 'dense' or 'none'.*'linear'"):
        EncoderDecoder(encoder_of(LSTM), decoder_of(LSTM), bridge="linear")
