"""Images of the size that the network reads."""

import keras
import keras_nlp
import tensorflow as tf

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
        inputs: `(height, width, 3)` or `(batch, height, width, 3)` in 0..255.

    Returns:
        Of the same rank, in 0..255.
    """

    backbone_cls = ImageCaptionerBackbone

    def __init__(
        self,
        image_size=(224, 224),
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=True,
        antialias=True,
        **kwargs,
    ):
        # Pixels, whatever the network computes in.
        kwargs.setdefault("dtype", "float32")
        super().__init__(
            image_size=image_size,
            crop_to_aspect_ratio=crop_to_aspect_ratio,
            pad_to_aspect_ratio=pad_to_aspect_ratio,
            antialias=antialias,
            **kwargs,
        )

    def call(self, inputs):
        """The images in the size of the network."""
        return super().call(self._whole(inputs) if self.pad_to_aspect_ratio else inputs)

    def _whole(self, images):
        """Scaled first: with the white before, a long strip would become a square of its length."""
        sides = tf.cast(tf.shape(images)[-3:-1], tf.float32)
        scale = tf.reduce_min(tf.constant(self.image_size, tf.float32) / sides)
        size = tf.maximum(tf.cast(tf.round(sides * scale), tf.int32), 1)
        scaled = tf.image.resize(images, size, self.interpolation, antialias=self.antialias)
        free = tf.constant(self.image_size) - size
        beside = [*[(0, 0)] * (len(images.shape) - 3), *tf.unstack(_halves(free)), (0, 0)]
        return tf.pad(scaled, beside, constant_values=_WHITE)


def _halves(numbers):
    """Numbers as two, of which the second is greater by 1 where a number is odd."""
    return tf.stack([numbers // 2, numbers - numbers // 2], axis=1)
