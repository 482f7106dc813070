"""Image classifiers of `keras.applications` without their last layer."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import keras

from seqzoo.core.types import Config, Dtype, Shape, Tensor

_FC2_SIDE = 224


class Classifier(NamedTuple):
    """How to make an encoder from a classifier.

    Attributes:
        function: Its name in `keras.applications`.
        size: Size of the feature vector.
        colours: The mode of `keras.applications.imagenet_utils.preprocess_input` that it needs;
            `None` if the network includes the preprocessing.
        fc2: Whether the features are the outputs of the layer `fc2` instead of the global average
            of the last convolution.
    """

    function: str
    size: int
    colours: str | None
    fc2: bool = False


CLASSIFIERS = {
    "convnext_base": Classifier("ConvNeXtBase", 1024, None),
    "convnext_large": Classifier("ConvNeXtLarge", 1536, None),
    "convnext_small": Classifier("ConvNeXtSmall", 768, None),
    "convnext_tiny": Classifier("ConvNeXtTiny", 768, None),
    "convnext_xlarge": Classifier("ConvNeXtXLarge", 2048, None),
    "densenet121": Classifier("DenseNet121", 1024, "torch"),
    "densenet169": Classifier("DenseNet169", 1664, "torch"),
    "densenet201": Classifier("DenseNet201", 1920, "torch"),
    "efficientnet_b0": Classifier("EfficientNetB0", 1280, None),
    "efficientnet_b1": Classifier("EfficientNetB1", 1280, None),
    "efficientnet_b2": Classifier("EfficientNetB2", 1408, None),
    "efficientnet_b3": Classifier("EfficientNetB3", 1536, None),
    "efficientnet_b4": Classifier("EfficientNetB4", 1792, None),
    "efficientnet_b5": Classifier("EfficientNetB5", 2048, None),
    "efficientnet_b6": Classifier("EfficientNetB6", 2304, None),
    "efficientnet_b7": Classifier("EfficientNetB7", 2560, None),
    "efficientnet_v2_b0": Classifier("EfficientNetV2B0", 1280, None),
    "efficientnet_v2_b1": Classifier("EfficientNetV2B1", 1280, None),
    "efficientnet_v2_b2": Classifier("EfficientNetV2B2", 1408, None),
    "efficientnet_v2_b3": Classifier("EfficientNetV2B3", 1536, None),
    "efficientnet_v2_l": Classifier("EfficientNetV2L", 1280, None),
    "efficientnet_v2_m": Classifier("EfficientNetV2M", 1280, None),
    "efficientnet_v2_s": Classifier("EfficientNetV2S", 1280, None),
    "inception_resnet_v2": Classifier("InceptionResNetV2", 1536, "tf"),
    "inception_v3": Classifier("InceptionV3", 2048, "tf"),
    "mobilenet": Classifier("MobileNet", 1024, "tf"),
    "mobilenet_v2": Classifier("MobileNetV2", 1280, "tf"),
    "mobilenet_v3_large": Classifier("MobileNetV3Large", 960, None),
    "mobilenet_v3_small": Classifier("MobileNetV3Small", 576, None),
    "nasnet_large": Classifier("NASNetLarge", 4032, "tf"),
    "nasnet_mobile": Classifier("NASNetMobile", 1056, "tf"),
    "resnet101": Classifier("ResNet101", 2048, "caffe"),
    "resnet101_v2": Classifier("ResNet101V2", 2048, "tf"),
    "resnet152": Classifier("ResNet152", 2048, "caffe"),
    "resnet152_v2": Classifier("ResNet152V2", 2048, "tf"),
    "resnet50": Classifier("ResNet50", 2048, "caffe"),
    "resnet50_v2": Classifier("ResNet50V2", 2048, "tf"),
    "vgg16": Classifier("VGG16", 4096, "caffe", fc2=True),
    "vgg16_pooled": Classifier("VGG16", 512, "caffe"),
    "vgg19": Classifier("VGG19", 4096, "caffe", fc2=True),
    "vgg19_pooled": Classifier("VGG19", 512, "caffe"),
    "xception": Classifier("Xception", 2048, "tf"),
}
"""The classifiers by the names of their encoders."""


@keras.saving.register_keras_serializable("seqzoo")
class ColoursOfClassifier(keras.layers.Layer):
    """Preprocesses colours for a classifier of `keras.applications`.

    Args:
        mode: `"caffe"`, `"tf"` or `"torch"`, as in
            `keras.applications.imagenet_utils.preprocess_input`, where the arithmetic is.
        **kwargs: Arguments of `keras.layers.Layer`.

    Call arguments:
        images: `(batch, height, width, 3)`, red, green, blue in 0..255.

    Returns:
        A tensor of the same shape.
    """

    def __init__(self, mode: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, images: Tensor) -> Tensor:
        """Preprocesses images."""
        return keras.applications.imagenet_utils.preprocess_input(images, mode=self.mode)

    def compute_output_shape(self, images_shape: Shape) -> Shape:
        """The shape of the images."""
        return images_shape

    def get_config(self) -> Config:
        """Every constructor argument."""
        return {**super().get_config(), "mode": self.mode}


def classifier_encoder(
    name: str, height: int, width: int, dtype: Dtype | None = None
) -> keras.Model:
    """Makes an encoder from a classifier, with random weights and built-in colour preprocessing.

    Args:
        name: One of `CLASSIFIERS`.
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        dtype: Type or policy of the layers. Defaults to Keras's own.

    Returns:
        A model from `(batch, height, width, 3)`, colours in 0..255, to `(batch, size)`. Its
        weights are those of `classifier`.

    Raises:
        ValueError: If the classifier does not take images of this size.
    """
    colours = CLASSIFIERS[name].colours
    with _default_dtype(dtype):
        network = classifier(name, height, width)
        images = keras.Input((height, width, 3), name="images")
        changed = ColoursOfClassifier(colours, name="colours")(images) if colours else images
        return keras.Model(images, network(changed), name=name)


def classifier(name: str, height: int, width: int, weights: str | None = None) -> keras.Model:
    """Makes a classifier of `keras.applications` without the layers after its features.

    Args:
        name: One of `CLASSIFIERS`.
        height: Of the images, in pixels.
        width: Of the images, in pixels.
        weights: `None` for random weights, `"imagenet"`, or a file; passed to Keras.

    Raises:
        ValueError: If the classifier does not take images of this size, or the weights do not fit.
    """
    entry = CLASSIFIERS[name]
    function = getattr(keras.applications, entry.function)
    if not entry.fc2:
        return function(
            include_top=False, pooling="avg", input_shape=(height, width, 3), weights=weights
        )
    if (height, width) != (_FC2_SIDE, _FC2_SIDE):
        raise ValueError(
            f"Argument `image_size` must be {_FC2_SIDE} for the encoder {name!r}, whose fully "
            f"connected layers see the whole image; '{name}_pooled' takes other sizes. "
            f"Received: {height} x {width}"
        )
    network = function(weights=weights)
    return keras.Model(network.inputs, network.get_layer("fc2").output, name=network.name)


@contextlib.contextmanager
def _default_dtype(dtype):
    """Sets Keras's default dtype, since `keras.applications` has no argument for it."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype or before)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
