"""Layout of the objects of a scene.

Lengths are in parts of the picture's side; x grows to the right, y downwards.
"""

import itertools
from typing import NamedTuple

import numpy as np

from seqzoo.training.data.images.scenes.scene import Group, Scene

RADII = {"small": (0.074, 0.084), "big": (0.138, 0.154)}
"""The smallest and the largest radius of an object, by size; no other can be mistaken for it."""

MARGIN = 0.015
"""Free at the edge of the picture."""

GAP = 0.025
"""Free between two objects."""

FIGURE_SHARE = 0.34
"""Of the picture, that the figure has for itself."""

ZONE_GAP = 0.05
"""Free between the figure's zone and the ground's."""

SLANT = 0.4
"""How far the groups may be out of line, for each unit that they are apart: 22 degrees.

What is both left of and above another is neither clearly.
"""

TRIES = 64
"""Arrangements that are drawn at once."""


class Placement(NamedTuple):
    """An object in its place.

    Attributes:
        group: What it is one of.
        x: Where its middle is.
        y: Where its middle is.
        radius: Of the circle around it.
    """

    group: Group
    x: float
    y: float
    radius: float


def place(scene: Scene, rng: np.random.Generator) -> list[Placement]:
    """Places the objects of a scene at random, clear of each other and of the edge.

    Of two groups, each lies in a zone of its own, and the line between their centres of gravity
    is nearly level, or nearly upright.

    Args:
        scene: The scene.
        rng: Draws the places.
    """
    zones = _zones(scene.relation)
    while True:
        tries = [
            _arrangements(group, zone, rng) for group, zone in zip(scene.groups, zones, strict=True)
        ]
        chosen = _choose(tries, _axis(scene.relation))
        if chosen is not None:
            return [
                Placement(group, *each)
                for group, arrangement in zip(scene.groups, chosen, strict=True)
                for each in arrangement.tolist()
            ]


def _axis(relation):
    return 0 if relation in ("left of", "right of") else 1


def _zones(relation):
    """The lowest and the highest x and y of every group, shape (2, 2) each."""
    everywhere = np.array([[MARGIN, MARGIN], [1 - MARGIN, 1 - MARGIN]])
    if relation is None:
        return (everywhere,)
    figure, ground = everywhere.copy(), everywhere.copy()
    axis = _axis(relation)
    figure[1, axis] = FIGURE_SHARE
    ground[0, axis] = FIGURE_SHARE + ZONE_GAP
    if relation in ("left of", "above"):
        return figure, ground
    return 1 - figure[::-1], 1 - ground[::-1]


def _arrangements(group, zone, rng):
    """Some arrangements of a group's objects without overlaps, (tries, count, 3): x, y, radius."""
    radii = rng.uniform(*RADII[group.size], (TRIES, group.count, 1))
    centres = rng.uniform(zone[0] + radii, zone[1] - radii)
    clear = np.ones(TRIES, bool)
    for i, j in itertools.combinations(range(group.count), 2):
        x, y = (centres[:, i] - centres[:, j]).T
        clear &= np.hypot(x, y) > radii[:, i, 0] + radii[:, j, 0] + GAP
    return np.concatenate([centres, radii], axis=-1)[clear]


def _choose(tries, axis):
    """The first arrangements that are in line, one of each group; `None` if there are none."""
    if len(tries) == 1:
        return tries[0][:1] if len(tries[0]) else None
    figures, grounds = (each[..., :2].mean(axis=1) for each in tries)
    offsets = np.abs(figures[:, None] - grounds[None])
    in_line = np.argwhere(offsets[..., 1 - axis] < SLANT * offsets[..., axis])
    if not len(in_line):
        return None
    return [each[index] for each, index in zip(tries, in_line[0], strict=True)]
