"""The splits of the synthetic data set of scenes."""

import numpy as np

from seqzoo.core.errors import UsageError
from seqzoo.core.progress import progress_bar
from seqzoo.training.data.images.scenes.drawing import draw
from seqzoo.training.data.images.scenes.held_out import split_name
from seqzoo.training.data.images.scenes.scene import (
    FIGURES,
    GROUNDS,
    LONE_GROUPS,
    RELATIONS,
    Scene,
)
from seqzoo.training.data.images.scenes.scene_captions import LANGUAGES, caption_of, parse_caption
from seqzoo.training.data.splits import SPLITS, Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage

LONE_SHARE = 0.25
"""Share of the pictures that show one group only; there are far fewer such scenes."""


def scene_splits(
    train: int = 20000, validation: int = 1000, test: int = 2000, seed: int = 0, size: int = 64
) -> Splits[CaptionedImage]:
    """Draws synthetic pictures to train and test a captioner.

    Every validation picture shows a combination that `HELD_OUT` reserves for validation, and every
    test picture one reserved for testing, so no caption is in two splits. The size of one split
    affects the others only in the numbers in their names.

    Args:
        train: Number of training pictures.
        validation: Number of validation pictures.
        test: Number of test pictures.
        seed: Seed of all pictures.
        size: The height and the width of a picture, in pixels.

    Returns:
        The pictures, each with a caption in English and one in Portuguese.
    """
    counts = (train, validation, test)
    splits, first = [], 0
    with progress_bar("drawing scenes", sum(counts)) as advance:
        for index, (name, count) in enumerate(zip(SPLITS, counts, strict=True)):
            rng = np.random.default_rng((seed, index))
            examples = []
            for number in range(first, first + count):
                examples.append(_example(number, _random_scene(name, rng), rng, size))
                advance()
            splits.append(examples)
            first += count
    return Splits(*splits)


def is_scene(example: CaptionedImage) -> bool:
    """Returns whether an image is one of `scene_splits`."""
    return isinstance(example.image, np.ndarray) and _told_scene(example) is not None


def redrawn(example: CaptionedImage, rng: np.random.Generator) -> CaptionedImage:
    """Draws the scene of a picture again, with other positions, shades, tilts and background.

    Args:
        example: A picture of `scene_splits`.
        rng: The random generator.

    Raises:
        UsageError: If the image is not a synthetic picture.
    """
    image, scene = example.image, _told_scene(example)
    if not isinstance(image, np.ndarray) or scene is None:
        raise UsageError(
            f"{example.name} cannot be drawn again: its caption is that of no synthetic scene."
        )
    return CaptionedImage(example.name, draw(scene, rng, len(image)), example.captions)


def _told_scene(example: CaptionedImage) -> Scene | None:
    """Returns the scene that a picture's English caption describes, if it describes one."""
    captions = example.captions.get("en")
    return parse_caption(captions[0], "en") if captions else None


def _random_scene(split, rng):
    while True:
        if rng.random() < LONE_SHARE:
            scene = Scene(_one_of(LONE_GROUPS, rng))
        else:
            scene = Scene(_one_of(FIGURES, rng), _one_of(RELATIONS, rng), _one_of(GROUNDS, rng))
        if split_name(scene) == split:
            return scene


def _one_of(things, rng):
    return things[rng.integers(len(things))]


def _example(number, scene, rng, size):
    captions = {language: (caption_of(scene, language),) for language in LANGUAGES}
    return CaptionedImage(f"scene-{number:06}", draw(scene, rng, size), captions)
