"""The training of captioners."""

import hashlib
import os

from seqzoo.training.captioning.datasets import load_all
from seqzoo.training.captioning.evaluation import evaluate
from seqzoo.training.captioning.feature_cache import FeaturesInMemory
from seqzoo.training.captioning.scenes.scene_parts import is_scene, redrawn
from seqzoo.training.captioning.through_signature import caption_score_through_signature
from seqzoo.training.curves import Curves
from seqzoo.training.model_training import ModelTraining
from seqzoo.training.preset_tasks import defaults_of, sized_task
from seqzoo.training.recipe import RecipeError
from seqzoo.zoo.image_captioner import ImageCaptioner, ImageCaptionerBackbone
from seqzoo.zoo.image_captioner.captioner_on_features import CaptionerOnFeatures


class CaptioningTraining(ModelTraining):
    """Images with captions, and the likelihood of their words.

    Where the encoder stays as it is, its features are computed once and kept on disk.
    """

    examples = "images"
    monitor = "val_nats_per_token"
    higher_is_better = False
    curves = (
        Curves(
            "cross-entropy (nats per token)",
            {"nats_per_token": "training, with dropout", "val_nats_per_token": "validation"},
        ),
        Curves(
            "words predicted right, each behind the true ones",
            {"accuracy": "training, with dropout", "val_accuracy": "validation"},
        ),
    )

    def __init__(self):
        self._features = {}

    def load(self, names):
        """Loads captioned images; see `seqzoo.training.captioning.datasets`."""
        return load_all(names)

    def sizes(self):
        """The arguments of `ImageCaptioner.from_captions`, and those that it hands on."""
        own = defaults_of(ImageCaptioner.from_captions)
        sizes = defaults_of(ImageCaptionerBackbone.__init__) | own
        # The data says which languages there are.
        return {name: default for name, default in sizes.items() if name != "languages"}

    def make_task(self, recipe, parts):
        """The captioner; or the part behind its encoder, if that stays as it is."""
        texts = [
            text
            for example in parts.train
            for several in example.captions.values()
            for text in several
        ]
        languages = dict.fromkeys(
            language for example in parts.train + parts.validation for language in example.captions
        )
        captioner = sized_task(
            recipe,
            ImageCaptioner,
            lambda **sizes: ImageCaptioner.from_captions(texts, tuple(languages), **sizes),
        )
        if unknown := [name for name in languages if name not in captioner.languages]:
            raise RecipeError(
                f"{recipe.init} writes {', '.join(captioner.languages)}, and the data has captions "
                f"in {unknown[0]!r}: leave these out, or start without --init."
            )
        if not captioner.backbone.freeze_encoder:
            return captioner
        if recipe.augment and any(map(is_scene, parts.train)):
            raise RecipeError(
                "Scenes are drawn anew in every epoch, and a frozen encoder would read them anew: "
                "give --no-augment, or --no-freeze-encoder."
            )
        return captioner.on_features()

    def batches(self, task, examples, batch_size, rng=None):
        """Images, or their features, each with one of its captions."""
        images = [example.image for example in examples]
        captions = [example.captions for example in examples]
        if isinstance(task, CaptionerOnFeatures):
            known = self._features.setdefault(task, FeaturesInMemory(task.captioner))
            return task.captioner.batches(images, captions, batch_size, rng, known.of(images))
        return task.batches(images, captions, batch_size, rng)

    def augmented(self, examples, rng):
        """Synthetic scenes drawn anew; other images as they are."""
        return [redrawn(each, rng) if is_scene(each) else each for each in examples]

    def measure(self, task, examples, batch_size):
        """The metrics of the model."""
        batches = self.batches(task, examples, batch_size)
        return task.evaluate(batches, verbose=0, return_dict=True)

    def epoch_summary(self, logs):
        """Both likelihoods, and how many words are right."""
        return (
            f"{logs['nats_per_token']:.4f} nats per token, {logs['val_nats_per_token']:.4f} on "
            f"held-out images, {logs['val_accuracy']:.1%} of their words right"
        )

    def fingerprint(self, parts):
        """A hash of the captions, and of the images by their names and sizes."""
        told = [
            [(example.name, _size(example.image), dict(example.captions)) for example in part]
            for part in (parts.train, parts.validation)
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def evaluate(self, task, parts, part):
        """Scores of captions beside baselines."""
        return evaluate(task, parts, part)

    def through_signature(self, task, examples):
        """The scores by the signature `caption`."""
        return caption_score_through_signature(task, examples)


def _size(image):
    """Bytes of a file or of what was read of one; pixels by their shape."""
    if isinstance(image, (str, os.PathLike)):
        return os.path.getsize(image)
    return len(image) if isinstance(image, bytes) else image.shape
