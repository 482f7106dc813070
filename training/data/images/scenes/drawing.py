"""Drawing of a scene."""

import numpy as np
from PIL import Image, ImageDraw

from seqzoo.training.data.images.scenes.layout import place
from seqzoo.training.data.images.scenes.outlines import OUTLINES
from seqzoo.training.data.images.scenes.scene import Scene

SHADES = {
    "red": (214, 32, 36),
    "orange": (247, 132, 20),
    "yellow": (244, 212, 16),
    "green": (36, 148, 56),
    "blue": (32, 84, 212),
    "purple": (116, 36, 156),
    "pink": (248, 128, 188),
    "black": (22, 22, 22),
}
"""RGB values in 0..255, by colour."""

SHADE_RANGE = 14
"""Maximum deviation of a shade from its colour, in each RGB channel."""

BACKGROUND = (214, 250)
"""The darkest and the lightest background, in each RGB channel."""

TILT = np.radians(12)
"""Maximum rotation of an object, to either side."""

OVERSAMPLING = 4
"""Samples per pixel and axis, for antialiasing."""


def draw(scene: Scene, rng: np.random.Generator, size: int = 64) -> np.ndarray:
    """Draws a scene with random positions, shades, tilts and background.

    Args:
        scene: The scene.
        rng: The random generator.
        size: The height and the width, in pixels.

    Returns:
        RGB pixels, uint8 (size, size, 3).
    """
    side = size * OVERSAMPLING
    image = Image.new(
        "RGB", (side, side), tuple(rng.integers(*BACKGROUND, 3, endpoint=True).tolist())
    )
    canvas = ImageDraw.Draw(image)
    for group, x, y, radius in place(scene, rng):
        corners = OUTLINES[group.shape] @ _rotation(rng.uniform(-TILT, TILT))
        points = side * (radius * corners + (x, y))
        canvas.polygon(points.ravel().tolist(), fill=_shade(group.colour, rng))
    return np.asarray(image.reduce(OVERSAMPLING))


def _rotation(angle):
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def _shade(colour, rng):
    shade = SHADES[colour] + rng.integers(-SHADE_RANGE, SHADE_RANGE, 3, endpoint=True)
    return tuple(np.clip(shade, 0, 255).tolist())
