"""The parts of a data set of scenes, all of them drawn here."""

import numpy as np

from seqzoo.errors import UsageError
from seqzoo.training.captioning.scenes.drawing import draw
from seqzoo.training.captioning.scenes.held_out import part_name
from seqzoo.training.captioning.scenes.scene import (
    FIGURES,
    GROUNDS,
    LONE_GROUPS,
    RELATIONS,
    Scene,
)
from seqzoo.training.captioning.scenes.scene_captions import LANGUAGES, caption_of, parse_caption
from seqzoo.training.parts import PARTS, Parts
from seqzoo.training.progress import progress_bar
from seqzoo.zoo.image_captioner.captioned_image import CaptionedImage

LONE_SHARE = 0.25
"""Of the pictures, that show one group only; there are far fewer such scenes."""


def scene_parts(
    train: int = 20000, validation: int = 1000, test: int = 2000, seed: int = 0, size: int = 64
) -> Parts[CaptionedImage]:
    """Draws synthetic pictures to train and to test a captioner.

    Every validation picture shows a combination that `HELD_OUT` keeps for that part, every test
    picture one of its own; so no caption is in two parts. How many pictures another part has
    changes nothing about a part but the numbers in its names.

    Args:
        train: How many pictures to train on.
        validation: How many to choose by.
        test: How many to report on.
        seed: Decides all pictures.
        size: The height and the width of a picture, in pixels.

    Returns:
        The pictures, each with a caption in English and one in Portuguese.
    """
    counts = (train, validation, test)
    parts, first = [], 0
    with progress_bar("drawing scenes", sum(counts)) as advance:
        for index, (name, count) in enumerate(zip(PARTS, counts, strict=True)):
            rng = np.random.default_rng((seed, index))
            examples = []
            for number in range(first, first + count):
                examples.append(_example(number, _random_scene(name, rng), rng, size))
                advance()
            parts.append(examples)
            first += count
    return Parts(*parts)


def is_scene(example: CaptionedImage) -> bool:
    """Whether an image is one of `scene_parts`."""
    caption = example.captions.get("en", ("",))[0]
    return isinstance(example.image, np.ndarray) and parse_caption(caption, "en") is not None


def redrawn(example: CaptionedImage, rng: np.random.Generator) -> CaptionedImage:
    """The same scene, drawn anew: other places, shades, tilts and background.

    Args:
        example: A picture of `scene_parts`.
        rng: Draws it.

    Raises:
        UsageError: If the image is no synthetic picture.
    """
    if not is_scene(example):
        raise UsageError(
            f"{example.name} cannot be drawn anew: its caption is that of no synthetic scene."
        )
    scene = parse_caption(example.captions["en"][0], "en")
    return CaptionedImage(example.name, draw(scene, rng, len(example.image)), example.captions)


def _random_scene(part, rng):
    while True:
        if rng.random() < LONE_SHARE:
            scene = Scene(_one_of(LONE_GROUPS, rng))
        else:
            scene = Scene(_one_of(FIGURES, rng), _one_of(RELATIONS, rng), _one_of(GROUNDS, rng))
        if part_name(scene) == part:
            return scene


def _one_of(things, rng):
    return things[rng.integers(len(things))]


def _example(number, scene, rng, size):
    captions = {language: (caption_of(scene, language),) for language in LANGUAGES}
    return CaptionedImage(f"scene-{number:06}", draw(scene, rng, size), captions)
