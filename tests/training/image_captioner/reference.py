"""Scores as their papers define them, and a captioner that answers what it is told."""

import math
from collections import Counter
from types import SimpleNamespace

import numpy as np

from seqzoo.zoo.images.captioned_image import Caption


def ngrams(text, n):
    words = text.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def bleu(captions, references, longest):
    """Papineni et al. (2002), of texts whose words stand between spaces; unsmoothed, 0 to 100."""
    precisions = []
    for n in range(1, longest + 1):
        matched = total = 0
        for caption, choices in zip(captions, references, strict=True):
            counts = ngrams(caption, n)
            # The largest count of an n-gram in any one reference clips it.
            matched += sum(
                min(count, max(ngrams(choice, n)[ngram] for choice in choices))
                for ngram, count in counts.items()
            )
            total += sum(counts.values())
        precisions.append(matched / total)
    length = closest = 0
    for caption, choices in zip(captions, references, strict=True):
        words = len(caption.split())
        length += words
        closest += min((abs(len(c.split()) - words), len(c.split())) for c in choices)[1]
    brevity = min(1.0, math.exp(1 - closest / length))
    return 100 * brevity * math.exp(sum(map(math.log, precisions)) / longest)


def cider_d(captions, references):
    """Vedantam et al. (2015), CIDEr-D, of texts whose words stand between spaces; 0 to 10."""
    scores = []
    for n in range(1, 5):
        images_with = Counter()
        for choices in references:
            images_with.update(set().union(*(ngrams(choice, n) for choice in choices)))

        def weights(text, n=n, images_with=images_with):
            return {
                ngram: count * math.log(len(references) / max(1, images_with[ngram]))
                for ngram, count in ngrams(text, n).items()
            }

        scores.append(
            [
                np.mean([_similarity(caption, choice, weights) for choice in choices])
                for caption, choices in zip(captions, references, strict=True)
            ]
        )
    return 10 * float(np.mean(scores))


def _similarity(caption, choice, weights):
    one, other = weights(caption), weights(choice)
    dot = sum(min(one[ngram], other[ngram]) * other[ngram] for ngram in one.keys() & other)
    norms = math.hypot(*one.values()) * math.hypot(*other.values())
    difference = len(caption.split()) - len(choice.split())
    return dot / norms * math.exp(-(difference**2) / (2 * 6.0**2)) if norms else 0.0


class SpokenCaptioner:
    """A captioner that says what it is told to; its features are the mean colour of an image.

    Args:
        said: By language the captions by the image's first red value, which tells images apart.
    """

    backbone = SimpleNamespace(freeze_encoder=False)

    def __init__(self, said):
        self.said = said
        self.languages = tuple(said)
        self.beam_widths = []

    def generate(self, images, language=None, beam_width=4, features=None):
        """The caption it was told, and a worse one after it."""
        assert len(features) == len(images)
        self.beam_widths.append(beam_width)
        return [
            [Caption(self.said[language][int(image[0, 0, 0])], -0.25), Caption("worse", -3.0)]
            for image in images
        ]

    def features(self, images, batch_size=32):
        """The mean colour."""
        return np.array([image.mean(axis=(0, 1)) for image in images], "float32")
