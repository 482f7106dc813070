"""Images of the network's size, captions as numbers, and batches of both."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from seqzoo.zoo.image_captioner import (
    CaptionTokenizer,
    ImageCaptioner,
    ImageCaptionerImageConverter,
    ImageCaptionerPreprocessor,
    ImageError,
)
from tests.zoo.images.pictures import encoded, smooth
from tests.zoo.images.pillow_fit import fit_by_pillow

SIZE = 24, 32
CAPTIONS = [
    {"en": ("a red circle", "one circle, red"), "pt": ("um círculo vermelho",)},
    {"en": ("a blue star above a moon",)},
    {"pt": ("uma estrela azul", "estrela acima da lua")},
]
ALL = [text for each in CAPTIONS for texts in each.values() for text in texts]
# Distinct greys of the network's size, so that a picture tells which caption belongs to it.
GREYS = [np.full((*SIZE, 3), 40 * n, "uint8") for n in range(1, 4)]


def make(sequence_length=8, size=SIZE, texts=ALL):
    tokenizer = CaptionTokenizer.of_captions(texts, ["en", "pt"])
    converter = ImageCaptionerImageConverter(image_size=size)
    return ImageCaptionerPreprocessor(converter, tokenizer, sequence_length)


# Images


@pytest.mark.parametrize(
    "shape",
    [(24, 32), (240, 320), (11, 7), (7, 11), (97, 33), (33, 97), (1, 1), (300, 3), (2, 500)],
    ids=str,
)
def test_a_whole_image_with_white_beside_it(shape):
    pixels = smooth(*shape)
    converted = make().fit_images(pixels).numpy()
    # Both weigh the same neighbours in float32; of values up to 255.
    np.testing.assert_allclose(converted, fit_by_pillow(pixels, *SIZE), atol=0.01)


def test_an_image_of_the_size_stays_as_it_is():
    pixels = np.random.default_rng(2).integers(0, 256, (*SIZE, 3), "uint8")
    np.testing.assert_array_equal(make().fit_images(pixels), pixels)


def test_a_strip_takes_no_more_memory_than_it_has_pixels():
    """As a square of its length, it would take 480 GB."""
    strip = np.zeros((1, 200_000, 3), "uint8")
    converted = make().fit_images(strip).numpy()
    assert (converted == 0).all(axis=(1, 2)).sum() == 1
    assert (converted == 255).all(axis=(1, 2)).sum() == SIZE[0] - 1


def test_several_images_at_once():
    pixels = np.stack([smooth(20, 50), smooth(20, 50)])
    together = make().fit_images(pixels)
    assert together.shape == (2, *SIZE, 3)
    for one, expected in zip(together, pixels, strict=True):
        np.testing.assert_allclose(one, fit_by_pillow(expected, *SIZE), atol=0.01)


@pytest.mark.parametrize(("image_fit", "columns"), [("crop", (20, 40)), ("stretch", (0, 60))])
def test_images_that_are_cut_or_stretched(image_fit, columns):
    """Of an image whose colours say the column, from 0 to 59."""
    captioner = ImageCaptioner.from_examples(
        ["a dog"], encoder="small", image_size=16, embedding_dim=4, units=4, image_fit=image_fit
    )
    pixels = np.tile(np.arange(60, dtype="uint8")[None, :, None], (20, 1, 3))
    first, last = columns
    expected = np.asarray(
        Image.fromarray(pixels[:, first:last, 0]).resize((16, 16), Image.Resampling.BILINEAR)
    )
    converted = captioner.preprocessor.fit_images(pixels)
    assert converted.shape == (16, 16, 3)
    # Pillow rounds to integers.
    np.testing.assert_allclose(converted[..., 1], expected, atol=1)


def test_other_ways_to_fit_images_are_refused():
    with pytest.raises(ValueError, match="image_fit"):
        ImageCaptioner.from_examples(["a dog"], encoder="small", image_fit="squeeze")


def test_images_of_all_sources(tmp_path):
    pixels = smooth(20, 50)
    (tmp_path / "picture.png").write_bytes(encoded(pixels, "PNG"))
    sources = [pixels, encoded(pixels, "PNG"), tmp_path / "picture.png", f"{tmp_path}/picture.png"]
    converted = make().network_images(sources)
    assert converted.dtype == np.float32
    for one in converted:
        np.testing.assert_array_equal(one, converted[0])
    assert make().network_images([]).shape == (0, *SIZE, 3)


# Captions


def test_the_caption_is_read_behind_its_start_and_its_end_is_learned():
    preprocessor = make(sequence_length=6)
    tokenizer = preprocessor.tokenizer
    a, red, circle, um = (tokenizer.token_to_id(w) for w in ("a", "red", "circle", "um"))
    token_ids, targets, weights = preprocessor.caption_arrays(["A red circle", "um"], [0, 1])
    assert token_ids.numpy().tolist() == [[3, a, red, circle, 0, 0, 0], [4, um, 0, 0, 0, 0, 0]]
    assert targets.numpy().tolist() == [[a, red, circle, 2, 0, 0, 0], [um, 2, 0, 0, 0, 0, 0]]
    assert weights.numpy().tolist() == [[1, 1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_long_captions_are_cut_and_teach_no_end(length):
    preprocessor = make(sequence_length=length)
    ids = preprocessor.tokenizer("a blue star above a moon").numpy()[:length].tolist()
    (token_ids,), (targets,), (weights,) = preprocessor.caption_arrays(
        ["a blue star above a moon"], [0]
    )
    assert token_ids.numpy().tolist() == [3, *ids]
    assert targets.numpy().tolist() == [*ids, 2]
    assert weights.numpy().tolist() == [1.0] * length + [0.0]


def test_unknown_words_are_read_but_not_learned():
    (token_ids,), (targets,), (weights,) = make(sequence_length=4).caption_arrays(
        ["a zebra circle"], [0]
    )
    assert token_ids[2] == 1
    assert targets[1] == 1
    assert weights.numpy().tolist() == [1, 0, 1, 1, 0]


def test_the_call_is_both_and_without_captions_the_images_alone():
    preprocessor = make()
    pixels = np.stack([smooth(20, 50), smooth(20, 50)])
    x, y, weights = preprocessor(
        {"images": pixels, "captions": ["a star", "uma lua"], "languages": [0, 1]}
    )
    np.testing.assert_array_equal(x["images"], preprocessor.fit_images(pixels))
    expected = preprocessor.caption_arrays(["a star", "uma lua"], [0, 1])
    for received, array in zip((x["token_ids"], y, weights), expected, strict=True):
        np.testing.assert_array_equal(received, array)
    assert set(preprocessor({"images": pixels})) == {"images"}


@pytest.mark.parametrize("length", [0, -1, 257, 2**70, 2.5, True, None])
def test_captions_have_bounds(length):
    with pytest.raises(ValueError, match="`sequence_length` must be"):
        make(sequence_length=length)


# Batches


def pairs(preprocessor, dataset):
    """What the batches hold: the grey of the picture, and the caption with its language."""
    found = []
    for x, y, weights in dataset:
        for image, token_ids, targets, weight in zip(
            x["images"].numpy(), x["token_ids"].numpy(), y.numpy(), weights.numpy(), strict=True
        ):
            (grey,) = np.unique(image)
            end = targets.tolist().index(2)
            assert token_ids[1 : end + 1].tolist() == targets[:end].tolist()
            assert not token_ids[end + 1 :].any()
            assert not targets[end + 1 :].any()
            assert weight.tolist() == [1.0] * (end + 1) + [0.0] * (len(weight) - end - 1)
            text = preprocessor.tokenizer.detokenize(targets).numpy().decode()
            found.append((int(grey) // 40 - 1, ["en", "pt"][token_ids[0] - 3], text))
    return found


EXPECTED = [
    (row, language, text)
    for row, each in enumerate(CAPTIONS)
    for language, texts in each.items()
    for text in texts
]


@pytest.mark.parametrize("batch_size", [1, 4, 50])
def test_every_caption_once_beside_its_image(batch_size):
    preprocessor = make()
    dataset = preprocessor.batches(GREYS, CAPTIONS, batch_size)
    assert pairs(preprocessor, dataset) == EXPECTED
    assert int(dataset.cardinality()) == -(-len(EXPECTED) // batch_size)


def test_the_order_is_drawn():
    preprocessor = make()

    def order(seed):
        dataset = preprocessor.batches(GREYS, CAPTIONS, 2, np.random.default_rng(seed))
        return pairs(preprocessor, dataset)

    assert sorted(order(1)) == sorted(EXPECTED)
    assert order(1) == order(1)
    assert len({tuple(order(seed)) for seed in range(5)}) > 2


def test_the_order_is_drawn_anew_in_every_pass():
    """As `keras.Model.fit` does it with arrays."""
    preprocessor = make()
    dataset = preprocessor.batches(GREYS, CAPTIONS, 2, np.random.default_rng(0))
    passes = [pairs(preprocessor, dataset) for _ in range(5)]
    assert all(sorted(each) == sorted(EXPECTED) for each in passes)
    assert len(set(map(tuple, passes))) > 2


def test_batches_are_as_wide_as_the_longest_caption():
    """Of six words, after its start."""
    for x, y, _ in make(sequence_length=20).batches(GREYS, CAPTIONS, 2):
        assert x["token_ids"].shape[1] == y.shape[1] == 7


def test_three_ways_of_reading_give_the_same_numbers(tmp_path):
    """From memory, from files, and as features; here the features are the images themselves."""
    preprocessor = make()
    pixels = [np.random.default_rng(n).integers(0, 256, (*SIZE, 3), "uint8") for n in range(3)]
    files = []
    for number, image in enumerate(pixels):
        files.append(tmp_path / f"{number}.png")
        files[-1].write_bytes(encoded(image, "PNG"))
    features = np.stack(pixels).reshape(3, -1).astype("float32")

    def batches(images, **arguments):
        rng = np.random.default_rng(3)
        return list(preprocessor.batches(images, CAPTIONS, 4, rng, **arguments))

    for (x, *learned), (x_of_files, *of_files), (x_of_features, *of_features) in zip(
        batches(pixels), batches(files), batches(files, features=features), strict=True
    ):
        assert x["images"].dtype == x_of_files["images"].dtype == tf.float32
        np.testing.assert_array_equal(x["images"], x_of_files["images"])
        read = x["images"].numpy()
        np.testing.assert_array_equal(read.reshape(len(read), -1), x_of_features["features"])
        for other in ((x_of_files, *of_files), (x_of_features, *of_features)):
            np.testing.assert_array_equal(x["token_ids"], other[0]["token_ids"])
            for expected, received in zip(learned, other[1:], strict=True):
                np.testing.assert_array_equal(expected, received)


def test_images_of_unlike_sizes_are_scaled_as_for_captions():
    preprocessor = make()
    images = [smooth(20, 50), smooth(9, 3), smooth(*SIZE)]
    expected = preprocessor.network_images(images)
    (batch,) = preprocessor.batches(images, [{"en": ("a star",)}] * 3, 3)
    np.testing.assert_allclose(batch[0]["images"], expected, atol=1e-4)


def test_a_picture_that_cannot_be_read_is_named_when_it_is_its_turn(tmp_path):
    dataset = make().batches([*GREYS[:2], tmp_path / "missing.png"], CAPTIONS, 1)
    with pytest.raises(tf.errors.OpError, match=r"missing\.png does not exist") as raised:
        list(dataset)
    assert ImageError.__name__ in str(raised.value)


def test_nothing_to_learn_from():
    with pytest.raises(ValueError, match="no captions to learn from"):
        make().batches([], [])
    with pytest.raises(ValueError, match="en, pt, not 'fr'"):
        make().batches(GREYS[:1], [{"fr": ("un cercle",)}])
