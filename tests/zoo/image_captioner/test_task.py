"""What a user does with a captioner."""

import keras
import numpy as np
import pytest

from seqzoo.zoo import ImageCaptioner
from seqzoo.zoo.image_captioner import Caption
from tests.zoo.images.pictures import encoded, smooth
from tests.zoo.images.squares import CAPTIONS, IMAGES, untrained_captioner


def texts(answers):
    return [[caption.text for caption in captions] for captions in answers]


def teacher_forced(captioner, image, text, language=None):
    """The mean log-probability of a caption's tokens, by the graph that `fit` trains."""
    tokenizer = captioner.preprocessor.tokenizer
    ids = tokenizer(text).numpy().tolist()
    x = {
        "images": captioner.preprocessor.network_images([image]),
        "token_ids": np.array([[tokenizer.start_token_id(language), *ids]]),
    }
    logits = np.asarray(captioner(x, training=False), float)[0]
    steps = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    targets = [*ids, tokenizer.end_token_id]
    return steps[np.arange(len(targets)), targets].mean()


# Generation


def test_the_captions_of_pictures(captioner):
    answers = captioner.generate(IMAGES)
    assert texts(answers) == [[each["en"]] for each in CAPTIONS]
    for (caption,) in answers:
        assert isinstance(caption, Caption)
        assert -0.5 < caption.score < 0
    assert captioner.predict(IMAGES) == [each["en"] for each in CAPTIONS]


def test_a_higher_length_penalty_takes_longer_captions(captioner):
    def mean_words(**arguments):
        found = captioner.generate(IMAGES, captions=8, **arguments)
        return np.mean([len(captions[0].text.split()) for captions in found]), found

    (short, shortest), (same, default), (long, longest) = (
        mean_words(length_penalty=penalty) for penalty in (0.0, 1.0, 8.0)
    )
    assert short <= same <= long
    assert texts(shortest) != texts(longest)
    assert default == captioner.generate(IMAGES, captions=8)
    # The same captions in another order, with the same scores.
    for expected, received in zip(default, longest, strict=True):
        assert sorted(caption.text for caption in received) == sorted(c.text for c in expected)
        by_text = {caption.text: caption.score for caption in expected}
        np.testing.assert_allclose(
            [caption.score for caption in received],
            [by_text[caption.text] for caption in received],
            rtol=1e-5,
        )


def test_features_are_read_instead_of_images(captioner):
    features = captioner.features(IMAGES)
    expected = captioner.generate(IMAGES, captions=3)
    unread = ["nowhere.png"] * len(IMAGES)
    assert captioner.generate(unread, captions=3, features=features) == expected
    in_twos = captioner.generate(unread, captions=3, features=features, batch_size=2)
    assert texts(in_twos) == texts(expected)


def test_languages(captioner):
    assert captioner.languages == ("en", "pt")
    assert texts(captioner.generate(IMAGES, "pt")) == [[each["pt"]] for each in CAPTIONS]
    assert captioner.generate(IMAGES, language="en") == captioner.generate(IMAGES)
    with pytest.raises(ValueError, match="en, pt, not 'fr'"):
        captioner.generate(IMAGES, "fr")


@pytest.mark.representative("en-{'beam_width': 5}", "pt-{'temperature': 1.5, 'seed': 3}")
@pytest.mark.parametrize("arguments", [{"beam_width": 5}, {"temperature": 1.5, "seed": 3}], ids=str)
@pytest.mark.parametrize("language", ["en", "pt"])
def test_scores_are_those_of_the_training_graph(captioner, arguments, language):
    images = [*IMAGES, smooth(30, 40)]
    for image, captions in zip(
        images, captioner.generate(images, language, captions=5, **arguments), strict=True
    ):
        assert len(captions) == 5
        scores = [caption.score for caption in captions]
        assert scores == sorted(scores, reverse=True)
        expected = [
            teacher_forced(captioner, image, caption.text, language) for caption in captions
        ]
        # Float32 sums of up to eight steps, of up to -10 each.
        np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_a_search_finds_each_caption_once(captioner):
    for captions in captioner.generate(IMAGES, captions=9):
        assert len({caption.text for caption in captions}) == 9


def test_a_wider_beam_finds_nothing_worse(captioner):
    for narrow, wide in zip(
        captioner.generate(IMAGES, beam_width=1), captioner.generate(IMAGES), strict=True
    ):
        assert wide[0].score >= narrow[0].score - 1e-6


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_tokens_that_are_no_words_are_never_written(temperature):
    """Even where they are the likeliest, and the end is where a word must be."""
    keras.utils.set_random_seed(2)
    captioner = untrained_captioner()
    tokenizer = captioner.preprocessor.tokenizer
    bias = np.zeros(tokenizer.vocabulary_size())
    bias[tokenizer.special_token_ids] = 20.0
    captioner.token_logits.bias.assign(bias)
    words = set(tokenizer.get_vocabulary()[len(tokenizer.special_token_ids) :])
    for captions in captioner.generate(IMAGES, captions=4, temperature=temperature, seed=1):
        for caption in captions:
            assert set(caption.text.replace(",", " ,").split()) <= words
            assert 1 <= len(caption.text.replace(",", " ,").split()) <= 7
            assert np.isfinite(caption.score)


def test_less_captions_than_asked_for_where_there_are_no_more():
    captioner = ImageCaptioner.from_examples(
        ["yes no"], encoder="small", image_size=8, embedding_dim=2, units=2, sequence_length=1
    )
    (captions,) = captioner.generate(IMAGES[:1], captions=5)
    assert sorted(caption.text for caption in captions) == ["no", "yes"]


def test_a_seed_repeats_what_is_drawn(captioner):
    def draw(seed, images=IMAGES):
        return captioner.generate(images, captions=6, temperature=2.0, seed=seed)

    assert draw(5) == draw(5)
    assert len({str(draw(seed)) for seed in range(4)}) == 4
    # Pictures that are the same get captions of their own.
    first, second = texts(draw(1, [IMAGES[0]] * 2))
    assert first != second


def test_without_a_seed_keras_decides(captioner):
    def draw(keras_seed):
        keras.utils.set_random_seed(keras_seed)
        return [captioner.generate(IMAGES, captions=6, temperature=2.0) for _ in range(2)]

    first, second = draw(7)
    assert first != second
    assert draw(7) == [first, second]


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_batch_does_not_matter(captioner, batch_size):
    expected = captioner.generate(IMAGES, captions=2)
    received = captioner.generate(IMAGES, captions=2, batch_size=batch_size)
    assert texts(received) == texts(expected)
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(
            [c.score for c in one], [c.score for c in other], rtol=1e-4, atol=1e-6
        )


def test_batches_of_one_are_drawn_unlike_one_another(captioner):
    answers = captioner.generate([IMAGES[0]] * 3, captions=6, temperature=2.0, seed=1, batch_size=1)
    assert len({str(texts([each])) for each in answers}) == 3


def test_no_images(captioner):
    assert captioner.generate([]) == captioner.predict([]) == []
    assert captioner.features([]).shape == (0, 256)


def test_files_bytes_and_arrays_are_the_same(captioner, tmp_path):
    pixels = smooth(20, 50)
    (tmp_path / "picture.png").write_bytes(encoded(pixels, "PNG"))
    sources = [pixels, encoded(pixels, "PNG"), tmp_path / "picture.png", f"{tmp_path}/picture.png"]
    answers = captioner.generate(sources)
    assert texts(answers) == texts(answers[:1]) * 4
    np.testing.assert_allclose(
        [caption.score for (caption,) in answers], answers[0][0].score, rtol=1e-5
    )
    stacked = np.stack([IMAGES[1]] * 2)
    assert texts(captioner.generate(stacked)) == [[CAPTIONS[1]["en"]]] * 2


@pytest.mark.parametrize("batch_size", [1, 2, 32])
def test_features_are_those_of_the_encoder(captioner, batch_size):
    features = captioner.features(IMAGES, batch_size)
    images = captioner.preprocessor.network_images(IMAGES)
    expected = np.asarray(captioner.backbone.image_encoder(images, training=False))
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5)


# Training


def test_the_loss_and_the_metrics_weigh_every_token_alike(captioner):
    """A caption's mean log-probability, times its tokens, summed over captions."""
    images, captions = IMAGES, [["a red square", "green"], "a blue square", {"pt": "verde"}]
    metrics = captioner.evaluate(images, captions, batch_size=2, verbose=0, return_dict=True)
    rows = [(0, "a red square", "en"), (0, "green", "en"), (1, "a blue square", "en")]
    total, tokens = 0.0, 0
    for index, text, language in [*rows, (2, "verde", "pt")]:
        length = len(text.split()) + 1
        total -= length * teacher_forced(captioner, images[index], text, language)
        tokens += length
    assert metrics["nats_per_token"] == pytest.approx(total / tokens, rel=1e-4)
    assert 0 < metrics["accuracy"] < 1


@pytest.mark.parametrize("surplus", [(), (None, [1.0])])
def test_validation_data_are_images_and_captions(surplus):
    captioner = untrained_captioner()
    captioner.compile(jit_compile=False)
    data = (IMAGES[:1], *surplus)
    message = rf"`validation_data` must be \(images, captions\).*a tuple of {len(data)}"
    with pytest.raises(ValueError, match=message):
        captioner.fit(IMAGES[:1], CAPTIONS[:1], validation_data=data)


@pytest.mark.slow
def test_validation_data_are_raw_too():
    captioner = untrained_captioner()
    captioner.compile(jit_compile=False)
    history = captioner.fit(
        IMAGES[:2], CAPTIONS[:2], validation_data=(IMAGES[2:], CAPTIONS[2:]), verbose=0
    ).history
    expected = captioner.evaluate(IMAGES[2:], CAPTIONS[2:], verbose=0, return_dict=True)
    assert history["val_nats_per_token"] == pytest.approx([expected["nats_per_token"]], rel=1e-5)


@pytest.mark.slow
def test_the_part_behind_a_frozen_encoder_learns_the_same_of_features():
    """Two epochs from the same weights, by the images and by what the encoder makes of them."""
    captioners = [untrained_captioner(freeze_encoder=True) for _ in range(2)]
    on_images, on_features = captioners
    on_features.set_weights(on_images.get_weights())
    part = on_features.on_features()
    # All layers but the encoder's, which keep their weights and are the captioner's own.
    assert {w.path for w in part.trainable_weights} == {
        w.path for w in on_features.trainable_weights
    }
    features = on_features.features(IMAGES)
    x = {"features": features[:1], "token_ids": np.array([[3, 6, 7]])}
    images = on_features.preprocessor.network_images(IMAGES[:1])
    np.testing.assert_allclose(
        part(x), on_features({"images": images, "token_ids": x["token_ids"]}), atol=1e-5
    )
    for model, batches in (
        (on_images, on_images.batches(IMAGES, CAPTIONS, 2)),
        (part, on_features.batches(IMAGES, CAPTIONS, 2, features=features)),
    ):
        model.compile(keras.optimizers.SGD(0.5), jit_compile=False)
        model.fit(batches, epochs=2, shuffle=False, verbose=0)
    for expected, received in zip(on_images.weights, on_features.weights, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-5, err_msg=expected.path)
    assert part.captioner is on_features


def test_what_the_part_has_learned_is_saved_with_the_encoder(tmp_path):
    captioner = untrained_captioner(freeze_encoder=True)
    part = captioner.on_features()
    captioner.token_logits.bias.assign_add(np.arange(captioner.backbone.vocabulary_size))
    part.save_to_preset(tmp_path / "preset")
    again = ImageCaptioner.from_preset(tmp_path / "preset")
    for expected, received in zip(captioner.weights, again.weights, strict=True):
        np.testing.assert_array_equal(received, expected)


def test_words_that_are_not_in_the_vocabulary_do_not_move_it():
    captioner = untrained_captioner()
    captioner.compile(jit_compile=False)
    loss = captioner.evaluate(IMAGES[:1], ["zebra zebra zebra"], verbose=0, return_dict=True)
    expected = captioner(
        {
            "images": captioner.preprocessor.network_images(IMAGES[:1]),
            "token_ids": np.array([[3, 1, 1, 1]]),
        }
    )
    steps = np.asarray(keras.ops.log_softmax(expected))[0]
    # The end alone.
    assert loss["nats_per_token"] == pytest.approx(-steps[3, 2], rel=1e-4)


@pytest.mark.slow
def test_a_shuffled_training_repeats_under_a_seed():
    def train(seed):
        captioner = untrained_captioner()
        captioner.set_weights(
            [np.random.default_rng(1).normal(0, 0.1, w.shape) for w in captioner.get_weights()]
        )
        keras.utils.set_random_seed(seed)
        captioner.compile(keras.optimizers.SGD(0.1), jit_compile=False)
        captioner.fit(IMAGES, CAPTIONS, batch_size=2, verbose=0)
        return captioner.token_logits.kernel.numpy()

    np.testing.assert_array_equal(train(1), train(1))
    assert any((train(1) != train(seed)).any() for seed in (2, 3))


# Arrays, presets


def test_arrays_are_taken_as_the_preprocessor_makes_them(captioner):
    x = {
        "images": captioner.preprocessor.network_images(IMAGES),
        "token_ids": np.array([[3, 6, 7], [4, 5, 0], [3, 0, 0]]),
    }
    logits = captioner.predict(x, verbose=0)
    assert logits.shape == (3, 3, captioner.backbone.vocabulary_size)
    np.testing.assert_allclose(logits, captioner(x), atol=1e-4)
    detached = ImageCaptioner(captioner.backbone)
    detached.set_weights(captioner.get_weights())
    np.testing.assert_allclose(detached.predict(x, verbose=0), logits, atol=1e-4)


@pytest.mark.parametrize("frozen", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_preset_keeps_the_encoder_as_it_is(tmp_path, frozen):
    """With the statistics of its batch normalisations, and whether it learns."""
    captioner = untrained_captioner(freeze_encoder=frozen)
    rng = np.random.default_rng(3)
    for weight in captioner.backbone.image_encoder.weights:
        weight.assign(rng.uniform(0.1, 1, weight.shape))
    captioner.save_to_preset(tmp_path / "preset")
    again = ImageCaptioner.from_preset(tmp_path / "preset")
    np.testing.assert_array_equal(again.features(IMAGES), captioner.features(IMAGES))
    assert again.generate(IMAGES, captions=2) == captioner.generate(IMAGES, captions=2)
    assert again.languages == captioner.languages
    assert again.backbone.freeze_encoder is frozen
    before = [weight.numpy() for weight in again.backbone.image_encoder.weights]
    again.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    again.fit(IMAGES, CAPTIONS, verbose=0)
    moved = [
        (weight.numpy() != old).any()
        for weight, old in zip(again.backbone.image_encoder.weights, before, strict=True)
    ]
    assert moved == [not frozen] * len(moved)


def test_the_sizes_of_preprocessor_and_backbone_must_be_one(captioner):
    other = untrained_captioner(image_size=24)
    with pytest.raises(ValueError, match="give both the same `image_size`"):
        ImageCaptioner(other.backbone, captioner.preprocessor)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"captions": True}, "`captions` must be an integer from 1 to 64"),
        ({"captions": 65}, "`captions` must be an integer from 1 to 64"),
        ({"beam_width": 0}, "`beam_width` must be an integer from 1 to 64"),
        ({"beam_width": 2.0}, "`beam_width` must be an integer from 1 to 64"),
        ({"beam_width": None}, "`beam_width` must be an integer from 1 to 64"),
        ({"captions": "3"}, "`captions` must be an integer from 1 to 64"),
        ({"temperature": 101}, "`temperature` must be between 0 and 100"),
        ({"temperature": float("nan")}, "`temperature` must be between 0 and 100"),
        ({"batch_size": -1}, "`batch_size` must be a positive integer"),
        ({"length_penalty": -0.1}, "`length_penalty` must be a number from 0 to 10"),
        ({"length_penalty": float("nan")}, "`length_penalty` must be a number from 0 to 10"),
        ({"length_penalty": "1"}, "`length_penalty` must be a number from 0 to 10"),
    ],
    ids=str,
)
def test_arguments_that_do_not_fit(captioner, arguments, message):
    with pytest.raises(ValueError, match=message):
        captioner.generate(IMAGES, **arguments)


def test_the_encoder_reads_batches_of_any_size_in_a_graph(captioner):
    for count in (0, 1, 3):
        features = captioner.writer.traced_encode(np.zeros((count, 16, 16, 3), "float32"))
        assert features.shape == (count, 256)
