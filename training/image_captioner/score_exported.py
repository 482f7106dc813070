"""Scoring of exported captioners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seqzoo.training.image_captioner.scoring import evenly_spaced, score_captions
from seqzoo.zoo.images.captioned_image import CaptionedImage

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


_MOST_IMAGES = 256
_BATCH = 32


def caption_score_exported(task: ImageCaptioner, examples: Sequence[CaptionedImage]) -> Callable:
    """Measures an exported captioner by greedy search through its signature `caption`.

    Of more than 256 images, 256 evenly spaced ones are measured, since interpreters are slow.

    Args:
        task: The model that was exported.
        examples: Images with their captions.

    Returns:
        A function that takes `answer(signature, **inputs)` and returns, for every language of both
        the model and the images, BLEU-4, from 0 to 100, and the share of captions that equal a
        reference word for word, from 0 to 1.
    """
    examples = [examples[place] for place in evenly_spaced(len(examples), _MOST_IMAGES)]

    def measure(answer):
        measured = {}
        for language in task.languages:
            captioned = [example for example in examples if example.captions.get(language)]
            if captioned:
                captions = _captions(task, captioned, language, answer)
                references = [example.captions[language] for example in captioned]
                scores = score_captions(captions, references)
                measured[f"BLEU-4 ({language})"] = scores.bleu[-1]
                measured[f"exact match ({language})"] = scores.exact_match
        return measured

    return measure


def _captions(task, examples, language, answer):
    tokenizer = task.preprocessor.tokenizer
    captions = []
    for start in range(0, len(examples), _BATCH):
        images = [example.image for example in examples[start : start + _BATCH]]
        answered = answer(
            "caption",
            images=task.preprocessor.network_images(images),
            language=np.int32(tokenizer.language_index(language)),
            beam_width=np.int32(1),
        )
        texts = tokenizer.detokenize(answered["token_ids"][:, 0]).numpy()
        captions += [text.decode() for text in texts]
    return captions
