"""Registry of image encoders by name."""

from __future__ import annotations

import functools
from collections.abc import Callable

import keras

from seqzoo.core.arguments import check_choice
from seqzoo.core.types import Dtype
from seqzoo.zoo.images.encoders import efficientnet_lite
from seqzoo.zoo.images.encoders import small as small_encoder
from seqzoo.zoo.images.encoders.keras_classifiers import CLASSIFIERS, classifier_encoder

OWN_ENCODERS: dict[str, Callable[[int, int, Dtype | None], keras.Model]] = {
    **{
        name: functools.partial(efficientnet_lite.efficientnet_lite, name)
        for name in efficientnet_lite.EFFICIENTNET_LITES
    },
    "small": small_encoder.small_encoder,
}
"""The encoders that are not classifiers of `keras.applications`, by name."""

ENCODERS = {
    **dict.fromkeys(efficientnet_lite.EFFICIENTNET_LITES, efficientnet_lite.SIZE),
    "small": small_encoder.SIZE,
    **{name: classifier.size for name, classifier in CLASSIFIERS.items()},
}
"""The size of the feature vector of each encoder, by name."""


def image_encoder(
    name: str, image_size: int | tuple[int, int], dtype: Dtype | None = None
) -> keras.Model:
    """Makes an image encoder with random weights.

    `"small"` is trained together with the captioner, on small pictures. `"efficientnet_lite0"`
    to `"efficientnet_lite2"` are for photographs on a phone. The others are the classifiers of
    `keras.applications`: their features are the global average of the last convolution, or, for
    `"vgg16"` and `"vgg19"`, the layer `fc2`, as in the first captioners. Each network includes its
    colour preprocessing.

    >>> image_encoder("small", 64).output_shape
    (None, 256)

    Args:
        name: One of `ENCODERS`.
        image_size: Height and width of the images in pixels; one number for both.
        dtype: Type or policy of the layers. Defaults to Keras's own.

    Returns:
        A model from float images `(batch, height, width, 3)`, red, green, blue in 0..255, to
        features `(batch, size)`.

    Raises:
        ValueError: If there is no such encoder, or it does not take images of this size.
    """
    check_choice("encoder", name, ENCODERS)
    height, width = _height_and_width(image_size)
    if name in OWN_ENCODERS:
        return OWN_ENCODERS[name](height, width, dtype)
    return classifier_encoder(name, height, width, dtype)


def _height_and_width(image_size):
    match image_size:
        case int(side):
            height = width = side
        case int(height), int(width):
            pass
        case _:
            height = width = 0
    if min(height, width) < 1:
        raise ValueError(
            "Argument `image_size` must be a positive integer, or two, the height and the width. "
            f"Received: image_size={image_size!r}"
        )
    return height, width
