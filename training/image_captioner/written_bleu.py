"""BLEU of generated captions during training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqzoo.training.image_captioner.scoring import evenly_spaced, score_captions
from seqzoo.zoo.images.captioned_image import CaptionedImage

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


_MOST_IMAGES = 256


def written_bleu(
    captioner: ImageCaptioner,
    examples: Sequence[CaptionedImage],
    features: np.ndarray | None = None,
) -> dict[str, float]:
    """Returns BLEU-4 of the captions generated for images, by language.

    Of more than 256 images, 256 evenly spaced ones are used, since this runs after every epoch.

    Args:
        captioner: An `ImageCaptioner`.
        examples: Images, at least one of them with captions in a language of the captioner.
        features: The encoder's features of the images, if they are known.

    Returns:
        BLEU-4, from 0 to 100, for every language of both the captioner and the images.
    """
    scores = {}
    for language in captioner.languages:
        places = [place for place, each in enumerate(examples) if each.captions.get(language)]
        if not places:
            continue
        places = [places[index] for index in evenly_spaced(len(places), _MOST_IMAGES)]
        found = captioner.generate(
            [examples[place].image for place in places],
            language,
            features=None if features is None else features[places],
        )
        references = [examples[place].captions[language] for place in places]
        texts = [best.text for best, *_ in found]
        scores[language] = score_captions(texts, references).bleu[-1]
    return scores
