"""Images of the size that the network reads."""

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
    """Scales whole images to one size, with white beside them where their form is another.

    >>> import numpy as np
    >>> convert = ImageCaptionerImageConverter(image_size=(8, 8))
    >>> convert(np.zeros((4, 8, 3), "uint8"))[:, 0, 0].numpy().tolist()
    [255.0, 255.0, 0.0, 0.0, 0.0, 0.0, 255.0, 255.0]

    Args:
        image_size: Height and width. Defaults to `(224, 224)`.
        crop_to_aspect_ratio: Whether images are cropped to the form. Defaults to `False`.
        pad_to_aspect_ratio: Whether the form is kept, with white beside it. Defaults to `True`.
        antialias: Whether images that are made smaller are smoothed. Defaults to `True`.
        **kwargs: Of `keras_nlp.layers.ImageConverter`.

    Call arguments:
        inputs: `(height, width, 3)` or `(batch, height, width, 3)` in 0..255, of any type of
            number; uint8 takes the least memory.

    Returns:
        Of the same rank, in 0..255.
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
        # Pixels, whatever the network computes in.
        kwargs.setdefault("dtype", "float32")
        super().__init__(
            image_size=image_size,
            crop_to_aspect_ratio=crop_to_aspect_ratio,
            pad_to_aspect_ratio=pad_to_aspect_ratio,
            antialias=antialias,
            **kwargs,
        )

    def call(self, inputs: Any) -> Tensor:
        """The images in the size of the network."""
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
        # Integers stay what they are where no size changes.
        return tf.pad(tf.cast(scaled, tf.float32), beside, constant_values=_WHITE)


def _halves(numbers):
    """Splits paddings between both sides; the odd pixel goes to the second."""
    return tf.stack([numbers // 2, numbers - numbers // 2], axis=1)
