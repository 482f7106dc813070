"""Training of captioners."""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from seqzoo.training.curves import Curves
from seqzoo.training.data.images.captioned_images import CAPTIONED_IMAGE_SETS
from seqzoo.training.data.images.scenes.scene_splits import is_scene, redrawn
from seqzoo.training.data.splits import Splits
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.image_captioner.evaluation import evaluate
from seqzoo.training.image_captioner.feature_cache import FeaturesInMemory
from seqzoo.training.image_captioner.score_exported import caption_score_exported
from seqzoo.training.image_captioner.written_bleu import written_bleu
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.preset_tasks import default_arguments, make_task_of_sizes
from seqzoo.training.recipe import Recipe, RecipeError
from seqzoo.zoo.image_captioner import ImageCaptioner, ImageCaptionerBackbone
from seqzoo.zoo.image_captioner.captioner_on_features import CaptionerOnFeatures
from seqzoo.zoo.images.captioned_image import CaptionedImage


class ImageCaptionerTraining(ModelTraining):
    """Trains on captioned images, and measures likelihood and the BLEU of generated captions.

    Weights are chosen by BLEU, the geometric mean over the languages: captions keep improving long
    after the likelihood of the references starts to fall because the model becomes overconfident.
    The features of a frozen encoder are computed once and cached on disk.
    """

    data_sets = CAPTIONED_IMAGE_SETS
    task_class = ImageCaptioner
    epochs, batch_size, patience, augment = 30, 64, 6, True
    monitor = "val_bleu"
    higher_is_better = True
    files = ("encoder_weights",)
    curves = (
        Curves("BLEU-4 of written captions", {"val_bleu": "validation"}),
        Curves(
            "cross-entropy (nats per token)",
            {"nats_per_token": "training, with dropout", "val_nats_per_token": "validation"},
        ),
        Curves(
            "words predicted right, each after the true ones",
            {"accuracy": "training, with dropout", "val_accuracy": "validation"},
        ),
    )

    def __init__(self) -> None:
        self._features: dict[CaptionerOnFeatures, FeaturesInMemory] = {}

    def sizes(self) -> dict[str, object]:
        """Returns the arguments of `ImageCaptioner.from_examples`, and those that it passes on."""
        # The languages are those of the data.
        own = default_arguments(ImageCaptioner.from_examples, "languages")
        return default_arguments(ImageCaptionerBackbone.__init__) | own

    def make_task(
        self, recipe: Recipe, splits: Splits[CaptionedImage]
    ) -> ImageCaptioner | CaptionerOnFeatures:
        """Makes the captioner, or its part after the encoder if the encoder is frozen."""
        texts = [
            text
            for example in splits.train
            for several in example.captions.values()
            for text in several
        ]
        languages = dict.fromkeys(
            language
            for example in splits.train + splits.validation
            for language in example.captions
        )
        captioner = make_task_of_sizes(
            recipe,
            ImageCaptioner,
            lambda **sizes: ImageCaptioner.from_examples(texts, tuple(languages), **sizes),
        )
        if unknown := [name for name in languages if name not in captioner.languages]:
            raise RecipeError(
                f"{recipe.init} writes {', '.join(captioner.languages)}, and the data has captions "
                f"in {unknown[0]!r}: leave these out, or start without --init."
            )
        if not captioner.backbone.freeze_encoder:
            return captioner
        if recipe.augment and any(map(is_scene, splits.train)):
            raise RecipeError(
                "Scenes are drawn again in every epoch, and a frozen encoder would read them again "
                "each time: give --no-augment, or --set freeze_encoder=false."
            )
        return captioner.on_features()

    def batches(
        self,
        task: ImageCaptioner | CaptionerOnFeatures,
        examples: Sequence[CaptionedImage],
        batch_size: int,
        rng: np.random.Generator | None = None,
    ) -> tf.data.Dataset:
        """Returns batches of images, or of their features, each with one of its captions."""
        images = [example.image for example in examples]
        captions = [example.captions for example in examples]
        if isinstance(task, CaptionerOnFeatures):
            features = self._known_features(task, examples)
            return task.captioner.batches(images, captions, batch_size, rng, features)
        return task.batches(images, captions, batch_size, rng)

    def augmented(
        self, examples: Sequence[CaptionedImage], rng: np.random.Generator
    ) -> Sequence[CaptionedImage]:
        """Draws synthetic scenes again; other images stay unchanged."""
        return [redrawn(each, rng) if is_scene(each) else each for each in examples]

    def measure(
        self,
        task: ImageCaptioner | CaptionerOnFeatures,
        examples: Sequence[CaptionedImage],
        batch_size: int,
    ) -> dict[str, float]:
        """Returns the metrics of the model, and BLEU-4 of its captions; see `written_bleu`.

        `bleu` is the geometric mean over the languages, which a single bad one pulls down;
        `bleu_en`, `bleu_pt` and so on are those of the languages.
        """
        batches = self.batches(task, examples, batch_size)
        measured = task.evaluate(batches, verbose=0, return_dict=True)
        if isinstance(task, CaptionerOnFeatures):
            bleu = written_bleu(task.captioner, examples, self._known_features(task, examples))
        else:
            bleu = written_bleu(task, examples)
        mean = float(np.prod(list(bleu.values())) ** (1 / len(bleu)))
        return {**measured, "bleu": mean, **{f"bleu_{name}": one for name, one in bleu.items()}}

    def epoch_summary(self, logs: Mapping[str, float]) -> str:
        """Returns a line with the training and validation likelihood and BLEU."""
        return (
            f"{logs['nats_per_token']:.4f} nats per token, {logs['val_nats_per_token']:.4f} on "
            f"held-out images, whose captions have BLEU-4 {_by_language(logs)}"
        )

    def fingerprint(self, splits: Splits[CaptionedImage]) -> str:
        """Returns a hash of the captions, and of the names and sizes of the images."""
        told = [
            [(example.name, _size(example.image), dict(example.captions)) for example in split]
            for split in (splits.train, splits.validation)
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def evaluate(
        self, task: ImageCaptioner, splits: Splits[CaptionedImage], split: str
    ) -> Evaluation:
        """Measures caption scores and baselines."""
        return evaluate(task, splits, split)

    def score_exported(
        self, task: ImageCaptioner, examples: Sequence[CaptionedImage]
    ) -> Callable[..., dict[str, float]]:
        """Returns a function that measures scores by the signature `caption`."""
        return caption_score_exported(task, examples)

    def _known_features(self, task, examples):
        known = self._features.setdefault(task, FeaturesInMemory(task.captioner))
        return known.of([example.image for example in examples])


def _size(image):
    """Returns the number of bytes of a file or of its contents, or the shape of pixels."""
    if isinstance(image, (str, os.PathLike)):
        return os.path.getsize(image)
    return len(image) if isinstance(image, bytes) else image.shape


def _by_language(logs):
    prefix = "val_bleu_"
    scores = {name.removeprefix(prefix): logs[name] for name in logs if name.startswith(prefix)}
    return ", ".join(f"{score:.1f} ({language})" for language, score in scores.items())
