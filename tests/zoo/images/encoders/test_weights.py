"""Weights of image encoders: files, downloads, and what does not fit."""

import urllib.error

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from seqzoo.core.file_checks import ModelFileError
from seqzoo.zoo.images.encoders.registry import image_encoder
from seqzoo.zoo.images.encoders.weights import EncoderWeightsError, load_encoder_weights
from tests.zoo.images.encoders.test_registry import SUMS, random_images, randomized

SIDE = 32


def keras_network(function, weights=None):
    return function(include_top=False, pooling="avg", input_shape=(SIDE, SIDE, 3), weights=weights)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    def fail(*_):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", fail)
    monkeypatch.setattr("keras.src.utils.file_utils.config.keras_home", lambda: str(tmp_path))


@pytest.mark.representative("mobilenet_v2-keras.applications.mobilenet_v2-MobileNetV2")
@pytest.mark.parametrize(
    ("name", "module", "function"),
    [
        ("mobilenet_v2", keras.applications.mobilenet_v2, "MobileNetV2"),
        ("vgg16_pooled", keras.applications.vgg16, "VGG16"),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("resnet50", keras.applications.resnet50, "ResNet50"),
                ("densenet121", keras.applications.densenet, "DenseNet121"),
                ("mobilenet_v3_small", keras.applications.mobilenet_v3, "MobileNetV3Small"),
            )
        ),
    ],
)
def test_a_file_of_keras_gives_the_features_of_keras(name, module, function, tmp_path):
    network = randomized(keras_network(getattr(keras.applications, function)))
    network.save_weights(tmp_path / "network.weights.h5")
    encoder = image_encoder(name, SIDE)
    load_encoder_weights(encoder, name, tmp_path / "network.weights.h5")
    images = random_images(SIDE, SIDE)
    expected = np.asarray(network(module.preprocess_input(images.copy())))
    np.testing.assert_allclose(
        encoder(images), expected, rtol=SUMS, atol=SUMS * np.abs(expected).max()
    )


def test_a_file_in_the_format_of_the_published_ones_is_read(tmp_path):
    network = randomized(keras_network(keras.applications.VGG16))
    with h5py.File(tmp_path / "vgg16_notop.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, network)
    encoder = image_encoder("vgg16_pooled", SIDE)
    load_encoder_weights(encoder, "vgg16_pooled", tmp_path / "vgg16_notop.h5")
    for given, expected in zip(encoder.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(given, expected)


@pytest.mark.slow
def test_imagenet_gives_efficientnet_the_colours_of_keras(monkeypatch, tmp_path):
    """Keras adds a layer to the network when it is made with ImageNet's weights."""
    file = str(tmp_path / "efficientnetb0_notop.weights.h5")
    randomized(keras_network(keras.applications.EfficientNetB0)).save_weights(file)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: file)
    encoder = image_encoder("efficientnet_b0", SIDE)
    load_encoder_weights(encoder, "efficientnet_b0", "imagenet")
    images = random_images(SIDE, SIDE)
    expected = np.asarray(keras_network(keras.applications.EfficientNetB0, "imagenet")(images))
    np.testing.assert_allclose(
        encoder(images), expected, rtol=SUMS, atol=SUMS * np.abs(expected).max()
    )
    encoder.save_weights(tmp_path / "encoder.weights.h5")
    again = image_encoder("efficientnet_b0", SIDE)
    again.load_weights(tmp_path / "encoder.weights.h5")
    np.testing.assert_array_equal(again(images), encoder(images))


def test_the_small_encoder_takes_what_it_saved(tmp_path):
    saved, encoder = image_encoder("small", SIDE), image_encoder("small", SIDE)
    saved.save_weights(tmp_path / "small.weights.h5")
    load_encoder_weights(encoder, "small", tmp_path / "small.weights.h5")
    images = random_images(SIDE, SIDE)
    np.testing.assert_array_equal(encoder(images), saved(images))


def test_no_weights_leave_an_encoder_as_it_is():
    encoder = image_encoder("small", SIDE)
    before = encoder.get_weights()
    load_encoder_weights(encoder, "small", None)
    for old, new in zip(before, encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(new, old)


def test_without_a_network_random_weights_work_and_a_download_says_what_to_do(offline):
    encoder = image_encoder("mobilenet", SIDE)
    with pytest.raises(EncoderWeightsError, match=r"'mobilenet' cannot be downloaded .*no network"):
        load_encoder_weights(encoder, "mobilenet", "imagenet")


def test_weights_that_are_not_there_or_do_not_fit_are_named(tmp_path):
    small = image_encoder("small", SIDE)
    with pytest.raises(EncoderWeightsError, match="'small' has no weights learned from ImageNet"):
        load_encoder_weights(small, "small", "imagenet")
    with pytest.raises(EncoderWeightsError, match=r"no file .*absent\.h5"):
        load_encoder_weights(small, "small", tmp_path / "absent.h5")
    torn = tmp_path / "torn.weights.h5"
    torn.write_bytes(b"no weights")
    with pytest.raises(ModelFileError, match=r"torn\.weights\.h5 is damaged"):
        load_encoder_weights(small, "small", torn)
    other = tmp_path / "other.weights.h5"
    image_encoder("small", 2 * SIDE).save_weights(other)
    with pytest.raises(EncoderWeightsError, match=r"other\.weights\.h5 does not hold .*'small'"):
        load_encoder_weights(small, "small", other)
    with pytest.raises(EncoderWeightsError, match=r"other\.weights\.h5 does not .*'vgg16_pooled'"):
        load_encoder_weights(image_encoder("vgg16_pooled", SIDE), "vgg16_pooled", other)
