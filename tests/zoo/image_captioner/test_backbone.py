"""The network up to what it knows at every word of a caption."""

import keras
import numpy as np
import pytest

from seqzoo.zoo.image_captioner import ImageCaptionerBackbone
from tests.contracts import numpy_reference

SIZES = {
    **{"vocabulary_size": 11, "encoder": "small", "image_size": (16, 24)},
    **{"embedding_dim": 6, "units": 5, "dropout": 0.0},
}
STEPS = {
    "lstm": numpy_reference.lstm,
    "peephole_lstm": numpy_reference.peephole_lstm,
    "gru": numpy_reference.gru_reset_after,
    "simple_rnn": numpy_reference.elman,
}


def make(**sizes):
    """A backbone whose weights are all distinct, those too that begin as zeros or ones."""
    keras.utils.set_random_seed(6)
    backbone = ImageCaptionerBackbone(**{**SIZES, **sizes})
    rng = np.random.default_rng(2)
    for weight in backbone.weights:
        if weight.path.endswith(("bias", "gamma", "beta")):
            weight.assign(rng.normal(size=weight.shape))
    return backbone


def inputs(lengths, time=None):
    """Random images and words, padded to the longest or to `time`."""
    rng = np.random.default_rng(1)
    token_ids = np.zeros((len(lengths), time or max(lengths)), "int32")
    for row, length in enumerate(lengths):
        token_ids[row, :length] = rng.integers(1, 11, length)
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (len(lengths), 16, 24, 3)).astype("float32")
    return {"images": images, "token_ids": token_ids}


def plain_outputs(backbone, x):
    """The paper's equations in float64, over features that the encoder gives."""
    gamma, beta = (weight.astype(float) for weight in backbone.scaled_features.get_weights())
    features = np.asarray(backbone.image_encoder(x["images"]), float)
    features = gamma * numpy_reference.normalize(features) + beta
    words = np.asarray(backbone.token_embedding.embeddings, float)[x["token_ids"]]
    decoder = backbone.decoder.decoder
    weights = [weight.astype(float) for weight in decoder.get_weights()]
    projection = [weight.astype(float) for weight in backbone.decoder.projection.get_weights()]
    step = STEPS[backbone.cell]
    if backbone.inject == "initial_state":
        states = [
            np.tanh(features @ kernel + bias)
            for kernel, bias in zip(projection[::2], projection[1::2], strict=True)
        ]
        return numpy_reference.run(step, weights, words, states)[0]
    count = 2 if "lstm" in backbone.cell else 1
    states = [np.zeros((len(features), backbone.units))] * count
    kernel, bias = projection
    _, states = step(weights, features @ kernel + bias, states)
    return numpy_reference.run(step, weights, words, states)[0]


@pytest.mark.representative(
    "initial_state-peephole_lstm", "first_input-lstm", "first_input-gru", "first_input-simple_rnn"
)
@pytest.mark.parametrize("cell", STEPS)
@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_the_equations(inject, cell):
    backbone = make(cell=cell, inject=inject)
    x = inputs([5, 5, 5])
    # Float32, beside float64, over six steps.
    np.testing.assert_allclose(backbone(x), plain_outputs(backbone, x), atol=2e-5)


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_padding_does_not_matter(inject):
    backbone = make(inject=inject)
    short, long = (np.asarray(backbone(inputs([3, 6], time))) for time in (None, 9))
    np.testing.assert_allclose(long[0, :3], short[0, :3], atol=1e-6)
    np.testing.assert_allclose(long[1, :6], short[1], atol=1e-6)


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_step_by_step_is_the_whole(inject):
    backbone = make(inject=inject)
    x = inputs([5, 5])
    states = backbone.start(backbone.image_encoder(x["images"]))
    outputs = []
    for t in range(5):
        output, states = backbone.step(x["token_ids"][:, t], states)
        outputs.append(output)
    np.testing.assert_allclose(np.stack(outputs, axis=1), backbone(x), atol=1e-6)


@pytest.mark.parametrize("inject", ["initial_state", "first_input"])
def test_the_image_and_the_words_before_reach_a_word_and_no_word_after_does(inject):
    backbone = make(inject=inject)
    x = inputs([6])

    def reached(**changed):
        difference = np.abs(np.asarray(backbone({**x, **changed})) - np.asarray(backbone(x)))
        return (difference[0].max(axis=-1) > 1e-7).tolist()

    assert reached(images=255 - x["images"]) == [True] * 6
    token_ids = x["token_ids"].copy()
    token_ids[0, 2] = token_ids[0, 2] % 10 + 1
    assert reached(token_ids=token_ids) == [False, False, True, True, True, True]


def fitted(backbone):
    """The weights before and after some steps of training, by their paths."""
    model = keras.Model(backbone.input, keras.layers.Dense(11)(backbone.output))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Eagerly, as compiling takes longer than four steps.
    model.compile(keras.optimizers.Adam(0.01), loss, run_eagerly=True)
    x = inputs([6, 6, 6, 6])
    before = {weight.path: weight.numpy() for weight in backbone.weights}
    model.fit(x, x["token_ids"], epochs=2, batch_size=2, verbose=0)
    return before, {weight.path: weight.numpy() for weight in backbone.weights}


def test_a_frozen_encoder_does_not_move():
    """Nor do the means and variances that its batch normalisations keep."""
    backbone = make(freeze_encoder=True)
    assert any("moving_variance" in weight.path for weight in backbone.image_encoder.weights)
    assert not backbone.image_encoder.trainable_variables
    encoder = {weight.path for weight in backbone.image_encoder.weights}
    before, after = fitted(backbone)
    for path, values in before.items():
        # The seeds of dropout are no weights.
        if path in encoder:
            np.testing.assert_array_equal(after[path], values, path)
        else:
            assert (after[path] != values).any(), path


@pytest.mark.slow
def test_an_encoder_that_is_not_frozen_learns():
    before, after = fitted(make(freeze_encoder=False))
    for path, values in before.items():
        assert (after[path] != values).any(), path


@pytest.mark.slow
def test_encoders_with_learned_weights_are_frozen_unless_told():
    assert make().freeze_encoder is False
    assert make(encoder="mobilenet_v3_small", image_size=32).freeze_encoder is True
    learned = make(encoder="mobilenet_v3_small", image_size=32, freeze_encoder=False)
    assert learned.image_encoder.trainable_variables


def test_one_number_is_height_and_width():
    assert make(image_size=24).image_size == (24, 24)
    assert make(image_size=[16, 24]).image_size == (16, 24)


def test_config_round_trip():
    backbone = make(cell="gru", inject="first_input", dropout=0.25, freeze_encoder=True)
    copy = ImageCaptionerBackbone.from_config(backbone.get_config())
    assert copy.get_config() == backbone.get_config()
    copy.set_weights(backbone.get_weights())
    np.testing.assert_array_equal(copy(inputs([4])), backbone(inputs([4])))
    assert not copy.image_encoder.trainable_variables


def test_dropout_is_for_training_alone():
    backbone, plain = make(dropout=0.5), make()
    values = {weight.path: weight for weight in plain.weights}
    for weight in backbone.weights:
        if weight.path in values:
            weight.assign(values[weight.path])
    x = inputs([6, 6])
    np.testing.assert_array_equal(backbone(x), plain(x))
    trained = np.asarray(backbone(x, training=True))
    # The last dropout is that of the outputs.
    assert 0.2 < (trained == 0).mean() < 0.8


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"units": 0}, "`units` must be a positive integer.*units=0"),
        ({"embedding_dim": 2.5}, "`embedding_dim` must be a positive integer.*2.5"),
        ({"cell": "transformer"}, r"`cell` must be one of .*'gru'.*'transformer'"),
        ({"inject": "attention"}, "`inject` must be 'initial_state' or 'first_input'.*'attention'"),
        ({"encoder": "vgg11"}, r"`encoder` must be one of .*'vgg11'"),
        ({"image_size": 4}, "`image_size` must be at least 8 for the encoder 'small'.*4 x 4"),
        *(
            ({"image_size": size}, "`image_size` must be a positive integer, or two")
            for size in (0, -16, (16,), (16, 16, 3), None, "16", 16.0, (16, 2.5))
        ),
        ({"encoder": "vgg16", "image_size": 64}, "`image_size` must be 224 .*'vgg16_pooled'"),
    ],
)
def test_arguments_that_do_not_fit(sizes, message):
    with pytest.raises(ValueError, match=message):
        make(**sizes)
