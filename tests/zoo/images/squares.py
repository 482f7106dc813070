"""Pictures of one colour, in unlike sizes, that a small captioner soon can name."""

import numpy as np

from seqzoo.zoo import ImageCaptioner

_COLOURS = {
    (210, 30, 30): ("a red square", "um quadrado vermelho"),
    (30, 30, 210): ("a blue square, large", "um quadrado azul, grande"),
    (20, 160, 20): ("green", "verde"),
}
_SHAPES = (20, 12), (7, 7), (5, 30)

IMAGES = [
    np.full((*shape, 3), colour, "uint8") for shape, colour in zip(_SHAPES, _COLOURS, strict=True)
]
"""The pictures, uint8."""

CAPTIONS = [{"en": english, "pt": portuguese} for english, portuguese in _COLOURS.values()]
"""Their captions, by language."""


def untrained_captioner(**sizes) -> ImageCaptioner:
    """A captioner of few weights that has the words of `CAPTIONS`.

    Args:
        **sizes: Other arguments of `ImageCaptioner.from_examples`.
    """
    texts = [text for captions in CAPTIONS for text in captions.values()]
    sizes = {"encoder": "small", "image_size": 16, "embedding_dim": 12, "units": 16, **sizes}
    return ImageCaptioner.from_examples(
        texts, ("en", "pt"), **{"sequence_length": 7, "dropout": 0.0, **sizes}
    )
