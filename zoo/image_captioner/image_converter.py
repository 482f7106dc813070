"""Images of the size that the network reads."""

import keras
import keras_nlp

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
        super().__init__(
            image_size=image_size,
            crop_to_aspect_ratio=crop_to_aspect_ratio,
            pad_to_aspect_ratio=pad_to_aspect_ratio,
            antialias=antialias,
            **kwargs,
        )
        self.resizing.fill_value = _WHITE
