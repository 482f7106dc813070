"""Image encoders against the networks and the colours of `keras.applications`."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqzoo.zoo.images.encoders.keras_classifiers import CLASSIFIERS, ColoursOfClassifier
from seqzoo.zoo.images.encoders.registry import ENCODERS, OWN_ENCODERS, image_encoder
from seqzoo.zoo.presets.weights import meta_model

# Other kernels sum hundreds of products in another order, layer after layer.
SUMS = 1e-4

each_classifier = pytest.mark.parametrize("name", CLASSIFIERS)


def slow(*names):
    """Large networks, which take seconds to be made."""
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


def random_images(height, width, count=2, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (count, height, width, 3)).astype("float32")


def randomized(model, seed=0):
    """Gives a model distinct weights that no layer's answers vanish or explode by."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if len(weight.shape) < 2:
            values = rng.uniform(0.5, 1.5, weight.shape)
        else:
            # A kernel with one filter reads every channel by itself.
            summed = weight.shape[:-2] if weight.shape[-1] == 1 else weight.shape[:-1]
            values = rng.normal(0, np.sqrt(2 / np.prod(summed)), weight.shape)
        weight.assign(values.astype(weight.dtype))
    return model


def test_every_classifier_of_keras_is_an_encoder():
    functions = {
        name for name, value in vars(keras.applications).items() if inspect.isfunction(value)
    }
    assert {classifier.function for classifier in CLASSIFIERS.values()} == functions
    assert set(ENCODERS) == {*CLASSIFIERS, *OWN_ENCODERS}


@each_classifier
def test_colours_are_those_of_the_classifiers_own_module(name):
    classifier = CLASSIFIERS[name]
    module = inspect.getmodule(getattr(keras.applications, classifier.function))
    images = random_images(5, 4)
    expected = module.preprocess_input(images.copy())
    changed = images
    if classifier.colours:
        changed = ColoursOfClassifier(classifier.colours)(images)
    # Division and subtraction of numbers up to 255, in float32.
    np.testing.assert_allclose(changed, expected, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["small", "vgg16_pooled", *slow("efficientnet_lite0", "mobilenet_v2", "efficientnet_b0")],
)
def test_features_have_the_listed_size_and_differ_by_image(name):
    images = random_images(48, 64)
    images[0] /= 4
    encoder = randomized(image_encoder(name, (48, 64)))
    features = np.asarray(encoder(images))
    assert features.shape == (2, ENCODERS[name])
    assert np.isfinite(features).all()
    assert np.abs(features[0] - features[1]).max() > 1e-3 * np.abs(features).max()


@pytest.mark.slow
@each_classifier
def test_every_classifier_gives_the_listed_features(name):
    side = 224 if CLASSIFIERS[name].fc2 else 96
    encoder = meta_model(lambda: image_encoder(name, side))
    assert encoder.input_shape == (None, side, side, 3)
    assert encoder.output_shape == (None, ENCODERS[name])


@pytest.mark.parametrize("side", [8, 16, 32, 64, 128])
def test_the_small_encoder_ends_with_four_by_four_cells(side):
    encoder = image_encoder("small", side)
    filters = encoder.get_layer("cells").input.shape[-1]
    assert encoder.get_layer("cells").input.shape == (None, 4, 4, filters)


def test_the_small_encoder_sees_where_things_are():
    """Averaged cells would give both pictures one vector: each is the other, moved by a cell."""
    images = np.zeros((2, 64, 64, 3), "float32")
    images[0, 24:28, 24:28] = 255
    images[1, 24:28, 40:44] = 255
    left, right = np.asarray(image_encoder("small", 64)(images))
    assert np.abs(left - right).max() > 0.01 * np.abs(left).max()


@pytest.mark.parametrize("name", ["small", "mobilenet", *slow("efficientnet_lite0", "resnet50")])
def test_an_encoder_survives_its_file(name, tmp_path):
    encoder = randomized(image_encoder(name, 32))
    encoder.save(tmp_path / "encoder.keras")
    images = random_images(32, 32)
    loaded = keras.models.load_model(tmp_path / "encoder.keras")
    np.testing.assert_array_equal(loaded(images), encoder(images))


@pytest.mark.parametrize("name", ["small", "mobilenet", *slow("efficientnet_lite0")])
def test_layers_have_the_type_that_was_asked_for(name):
    before = keras.config.dtype_policy()
    encoder = image_encoder(name, 32, dtype="mixed_bfloat16")
    assert encoder(random_images(32, 32)).dtype == tf.bfloat16
    assert {weight.dtype for weight in encoder.weights} == {"float32"}
    assert keras.config.dtype_policy() == before


@pytest.mark.representative("efficientnet_lite0")
@pytest.mark.parametrize(
    "name",
    [
        "small",
        *slow(
            "efficientnet_lite0",
            "vgg16_pooled",
            "densenet121",
            "mobilenet_v3_small",
            "convnext_tiny",
        ),
    ],
)
def test_an_encoder_runs_on_the_plain_interpreter(name, tmp_path):
    encoder = randomized(image_encoder(name, 32))
    images = random_images(32, 32, count=3)
    encoder.export(tmp_path, verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path))
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    (given,), (returned,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], images.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], images)
    interpreter.invoke()
    expected = np.asarray(encoder(images))
    np.testing.assert_allclose(
        interpreter.get_tensor(returned["index"]),
        expected,
        rtol=SUMS,
        atol=SUMS * np.abs(expected).max(),
    )


def test_names_and_sizes_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match=r"`encoder` must be one of .*'small'.*'vgg61'"):
        image_encoder("vgg61", 224)
    for size in (0, -64, "64", (64,), (64, 0), 64.0, None):
        with pytest.raises(ValueError, match="`image_size` must be a positive integer, or two"):
            image_encoder("small", size)
    with pytest.raises(ValueError, match=r"`image_size` must be at least 8 .*Received: 64 x 7"):
        image_encoder("small", (64, 7))
    with pytest.raises(ValueError, match=r"must be 224 .*'vgg16'.*'vgg16_pooled'.* 64 x 64"):
        image_encoder("vgg16", 64)
    with pytest.raises(ValueError, match="at least 75x75"):
        image_encoder("inception_v3", 64)
