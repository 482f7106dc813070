"""Evaluation of a captioner in one language."""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from seqzoo.training.image_captioner.baselines import most_frequent_caption
from seqzoo.training.image_captioner.scoring import (
    CaptionScores,
    caption_words,
    cider_of_each,
    score_captions,
)
from seqzoo.training.image_captioner.word_use import WordUse, word_use
from seqzoo.zoo.images.captioned_image import Caption

MODEL, NEAREST, MOST_FREQUENT = "model", "nearest neighbour", "most frequent"
"""The sources of the captions that are scored."""


@dataclasses.dataclass(frozen=True)
class LanguageEvaluation:
    """The scores of a language, and the memorization of training captions.

    Attributes:
        captions: The model's captions, by the index of their image in the split.
        scores: The scores of the model; and, if there is a training split, of the first caption of
            the nearest training image and of the most frequent training caption.
        cider: CIDEr-D of each of the model's captions, in their order; `None` without the package
            that computes it.
        words: The words of the model's captions beside those of the references.
        different: The number of distinct captions of the model.
        seen: The share of its captions that equal a caption of the training split word for word,
            from 0 to 1; `None` if there is no training split.
    """

    captions: Mapping[int, Caption]
    scores: Mapping[str, CaptionScores]
    cider: np.ndarray | None
    words: WordUse
    different: int
    seen: float | None

    def dictionary(self) -> dict:
        """Returns everything but the captions as a dictionary, without missing measurements."""
        return {
            "images": len(self.captions),
            **dataclasses.asdict(self.words),
            "different": self.different,
            **_measured({"seen": self.seen}),
            "scores": {
                name: _measured(dataclasses.asdict(scores)) for name, scores in self.scores.items()
            },
        }


def evaluate_language(
    captions: Mapping[int, Caption],
    references: Sequence[Sequence[str]],
    training_captions: Sequence[Sequence[str]],
    neighbours: Sequence[int] | np.ndarray,
) -> LanguageEvaluation:
    """Scores the captions of a language and of its baselines.

    Args:
        captions: The model's captions, by the index of their image in the split.
        references: The references of these images, in the same order.
        training_captions: The captions of every training image that has captions; may be empty.
        neighbours: The index in `training_captions` of the nearest training image, for every
            image; empty if there are no training captions.
    """
    texts = {MODEL: [caption.text for caption in captions.values()]}
    if training_captions:
        flat = [text for choices in training_captions for text in choices]
        texts[NEAREST] = [training_captions[place][0] for place in neighbours]
        texts[MOST_FREQUENT] = [most_frequent_caption(flat)] * len(captions)
    written = [tuple(caption_words(text)) for text in texts[MODEL]]
    return LanguageEvaluation(
        captions=captions,
        scores={name: score_captions(each, references) for name, each in texts.items()},
        cider=cider_of_each(texts[MODEL], references),
        words=word_use(texts[MODEL], references),
        different=len(set(written)),
        seen=_share_seen(written, flat) if training_captions else None,
    )


def _share_seen(written, training_captions):
    known = {tuple(caption_words(text)) for text in training_captions}
    return float(np.mean([words in known for words in written]))


def _measured(scores):
    return {name: score for name, score in scores.items() if score is not None}
