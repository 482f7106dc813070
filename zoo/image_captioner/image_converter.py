"""Conversion of images to the input size of the network."""

from __future__ import annotations

from typing import Any

import keras
import keras_nlp
import tensorflow as tf

from seqzoo.core.types import Tensor
from seqzoo.zoo.image_captioner.backbone import ImageCaptionerBackbone

_WHITE = 255.0


@keras.saving.register_keras_serializable("seqzoo")
class ImageCaptionerImageConverter(keras_nlp.layers.ImageConverter):
    """Scales images to one size: padded with white to the aspect ratio, cropped, or stretched.

    >>> import numpy as np
    >>> convert = ImageCaptionerImageConverter(image_size=(8, 8))
    >>> convert(np.zeros((4, 8, 3), "uint8"))[:, 0, 0].numpy().tolist()
    [255.0, 255.0, 0.0, 0.0, 0.0, 0.0, 255.0, 255.0]

    Args:
        image_size: Height and width. Defaults to `(224, 224)`.
        crop_to_aspect_ratio: Whether to cut images to the aspect ratio, keeping the centre.
            Defaults to `False`.
        pad_to_aspect_ratio: Whether to keep whole images, with white padding. Defaults to `True`.
            If neither, images are stretched.
        antialias: Whether to use antialiasing when shrinking images. Defaults to `True`.
        **kwargs: Arguments of `keras_nlp.layers.ImageConverter`.

    Call arguments:
        inputs: `(height, width, 3)` or `(batch, height, width, 3)` in 0..255, of any numeric
            type; uint8 takes the least memory.

    Returns:
        Images of the same rank, in 0..255.
    """

    backbone_cls = ImageCaptionerBackbone

    def __init__(
        self,
        image_size: int | tuple[int, int] = (224, 224),
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = True,
        antialias: bool = True,
        **kwargs: Any,
    ) -> None:
        # Pixels are float32, regardless of the data type of the network.
        kwargs.setdefault("dtype", "float32")
        super().__init__(
            image_size=image_size,
            crop_to_aspect_ratio=crop_to_aspect_ratio,
            pad_to_aspect_ratio=pad_to_aspect_ratio,
            antialias=antialias,
            **kwargs,
        )

    @property
    def image_fit(self) -> str:
        """How images are fitted: `"pad"`, `"crop"` or `"stretch"`."""
        if self.pad_to_aspect_ratio:
            return "pad"
        return "crop" if self.crop_to_aspect_ratio else "stretch"

    def call(self, inputs: Any) -> Tensor:
        """Resizes images to the size of the network."""
        scaled = self._whole(inputs) if self.pad_to_aspect_ratio else tf.cast(inputs, tf.float32)
        return super().call(scaled)

    def _whole(self, images):
        """Scales before padding: padding first would turn a long strip into a huge square."""
        sides = tf.cast(tf.shape(images)[-3:-1], tf.float32)
        scale = tf.reduce_min(tf.constant(self.image_size, tf.float32) / sides)
        size = tf.maximum(tf.cast(tf.round(sides * scale), tf.int32), 1)
        scaled = tf.image.resize(images, size, self.interpolation, antialias=self.antialias)
        free = tf.constant(self.image_size) - size
        beside = [*[(0, 0)] * (len(images.shape) - 3), *tf.unstack(_halves(free)), (0, 0)]
        # Images that already have the right size stay integers.
        return tf.pad(tf.cast(scaled, tf.float32), beside, constant_values=_WHITE)


def _halves(numbers):
    """Splits paddings between both sides; the odd pixel goes to the second."""
    return tf.stack([numbers // 2, numbers - numbers // 2], axis=1)
