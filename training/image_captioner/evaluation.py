"""Evaluation of captioners on unseen images."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Group, RenderableType

from seqzoo.core.errors import UsageError
from seqzoo.core.limits import DEFAULT_BEAM_WIDTH
from seqzoo.training.data.splits import Splits, split_of
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.image_captioner.baselines import nearest_images
from seqzoo.training.image_captioner.feature_cache import cached_features
from seqzoo.training.image_captioner.language_evaluation import (
    LanguageEvaluation,
    evaluate_language,
)
from seqzoo.training.image_captioner.report import tables, write_report
from seqzoo.zoo.images.captioned_image import CaptionedImage

if TYPE_CHECKING:
    from seqzoo.zoo.image_captioner.task import ImageCaptioner


@dataclasses.dataclass(frozen=True)
class CaptioningEvaluation(Evaluation):
    """Scores and captions.

    Attributes:
        split: The split that was measured.
        beam_width: The beam width of the model's search.
        examples: The images of the split.
        languages: The evaluation of each language.
    """

    split: str
    beam_width: int
    examples: Sequence[CaptionedImage]
    languages: Mapping[str, LanguageEvaluation]

    def scores(self) -> dict[str, Any]:
        """Returns the scores of every language and its baselines."""
        return {
            "split": self.split,
            "beam_width": self.beam_width,
            "languages": {name: each.dictionary() for name, each in self.languages.items()},
        }

    def show(self, title: str) -> RenderableType:
        """Returns a table for every language."""
        return Group(*tables(self.languages, title))

    def write(self, folder: str | os.PathLike, title: str) -> None:
        """Writes the report, all captions, and a contact sheet; see `write_report`."""
        write_report(folder, self.examples, self.languages, title)


def evaluate(
    task: ImageCaptioner,
    splits: Splits[CaptionedImage],
    split: str = "test",
    beam_width: int = DEFAULT_BEAM_WIDTH,
) -> CaptioningEvaluation:
    """Measures a captioner and baselines on a split of a data set.

    All languages of the model in which the split has captions are measured, each on the images with
    captions in it. A training image is not counted as its own neighbour.

    Args:
        task: The captioner.
        splits: The data.
        split: `"train"`, `"validation"`, `"test"` or `"all"`.
        beam_width: The beam width of the search.

    Raises:
        UsageError: If the split is empty, or has no captions in a language of the model.
    """
    examples = split_of(splits, split)
    languages = _common_languages(task, examples, split)
    features = [_features(task, some) for some in (examples, splits.train)]
    measured = {
        language: _evaluate(task, examples, splits.train, features, language, beam_width)
        for language in languages
    }
    return CaptioningEvaluation(split, beam_width, examples, measured)


def _evaluate(task, examples, training, features, language, beam_width):
    places, training_places = (
        [place for place, example in enumerate(some) if example.captions.get(language)]
        for some in (examples, training)
    )
    captioned = [examples[place] for place in places]
    known = [training[place] for place in training_places]
    of_captioned, of_known = features[0][places], features[1][training_places]
    answers = task.generate(
        [example.image for example in captioned],
        language=language,
        beam_width=beam_width,
        features=of_captioned,
    )
    return evaluate_language(
        {place: answer[0] for place, answer in zip(places, answers, strict=True)},
        [example.captions[language] for example in captioned],
        [example.captions[language] for example in known],
        nearest_images(of_captioned, of_known, _places(captioned, known)) if known else [],
    )


def _features(task, examples):
    """Returns the features of images; those of a frozen encoder are cached since training."""
    images = [example.image for example in examples]
    return cached_features(task, images) if task.backbone.freeze_encoder else task.features(images)


def _places(examples, others):
    """Returns the index of each example in others, -1 if it is not among them."""
    places = {id(other): place for place, other in enumerate(others)}
    return np.array([places.get(id(example), -1) for example in examples])


def _common_languages(task, examples, split):
    """Returns the languages of both the model and the captions, in the model's order."""
    present = {name for example in examples for name, texts in example.captions.items() if texts}
    common = [language for language in task.languages if language in present]
    if not common:
        raise UsageError(
            f"The model writes {', '.join(task.languages)}, and the captions of the {split} split "
            f"are in {', '.join(sorted(present)) or 'no language'}: take other data."
        )
    return common
