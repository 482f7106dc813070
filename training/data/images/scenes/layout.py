"""Layout of the objects of a scene.

Lengths are fractions of the picture's side; x grows to the right, y downwards.
"""

import itertools
from typing import NamedTuple

import numpy as np

from seqzoo.training.data.images.scenes.scene import Group, Scene

RADII = {"small": (0.074, 0.084), "big": (0.138, 0.154)}
"""The smallest and the largest radius of an object, by size; the ranges do not overlap."""

MARGIN = 0.015
"""Margin at the edge of the picture."""

GAP = 0.025
"""Minimum gap between two objects."""

FIGURE_SHARE = 0.34
"""Share of the picture that is reserved for the figure."""

ZONE_GAP = 0.05
"""Gap between the figure's zone and the ground's."""

SLANT = 0.4
"""Maximum slope of the line between the groups: 22 degrees.

With a steeper slope, neither "left of" nor "above" would be clear.
"""

TRIES = 64
"""Number of arrangements drawn at a time."""


class Placement(NamedTuple):
    """An object and its position.

    Attributes:
        group: The group that it belongs to.
        x: The x coordinate of its centre.
        y: The y coordinate of its centre.
        radius: The radius of the circle around it.
    """

    group: Group
    x: float
    y: float
    radius: float


def place(scene: Scene, rng: np.random.Generator) -> list[Placement]:
    """Places the objects of a scene at random, apart from each other and from the edge.

    Two groups get separate zones, and the line between their centres of gravity is nearly
    horizontal or nearly vertical.

    Args:
        scene: The scene.
        rng: The random generator.
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
    """Returns the lowest and the highest x and y of every group, shape (2, 2) each."""
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
    """Draws arrangements of a group without overlaps, (tries, count, 3): x, y, radius."""
    radii = rng.uniform(*RADII[group.size], (TRIES, group.count, 1))
    centres = rng.uniform(zone[0] + radii, zone[1] - radii)
    clear = np.ones(TRIES, bool)
    for i, j in itertools.combinations(range(group.count), 2):
        x, y = (centres[:, i] - centres[:, j]).T
        clear &= np.hypot(x, y) > radii[:, i, 0] + radii[:, j, 0] + GAP
    return np.concatenate([centres, radii], axis=-1)[clear]


def _choose(tries, axis):
    """Returns the first arrangements that are aligned, one per group; `None` if there are none."""
    if len(tries) == 1:
        return tries[0][:1] if len(tries[0]) else None
    figures, grounds = (each[..., :2].mean(axis=1) for each in tries)
    offsets = np.abs(figures[:, None] - grounds[None])
    in_line = np.argwhere(offsets[..., 1 - axis] < SLANT * offsets[..., axis])
    if not len(in_line):
        return None
    return [each[index] for each, index in zip(tries, in_line[0], strict=True)]
