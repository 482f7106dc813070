"""The outlines of the shapes, as polygons in the unit circle."""

import numpy as np


def _polygon(angles, radii=1.0):
    """Returns corners at angles (clockwise from the top, in radians) and radii."""
    return np.stack([radii * np.sin(angles), -radii * np.cos(angles)], axis=-1)


def _turn(points):
    """Returns evenly spaced angles of a full turn."""
    return np.linspace(0, 2 * np.pi, points, endpoint=False)


def _square():
    return _polygon(_turn(4) + np.pi / 4)


def _circle():
    # As large as a square looks.
    return 0.88 * _polygon(_turn(48))


def _star():
    return _polygon(_turn(10), np.tile([1.0, 0.42], 5))


def _heart():
    angles = _turn(48)
    x = 16 * np.sin(angles) ** 3
    y = 13 * np.cos(angles) - 5 * np.cos(2 * angles) - 2 * np.cos(3 * angles) - np.cos(4 * angles)
    # Its farthest point, the tip, is at 17.
    return np.stack([x, -y], axis=-1) / 17


def _cross():
    arm = 0.3
    reach = np.sqrt(1 - arm**2)
    quarter = np.array([[arm, -reach], [arm, -arm], [reach, -arm]])
    turn = np.array([[0, 1], [-1, 0]])
    return np.concatenate([quarter @ np.linalg.matrix_power(turn, k) for k in range(4)])


def _moon():
    # A disc minus another, whose centre lies to the right. Their circles meet in the horns.
    horn = np.radians(40)
    middle = 0.45
    x, y = np.sin(horn) - middle, np.cos(horn)
    start = np.arctan2(x, y)
    outer = _polygon(np.linspace(np.pi - horn, 2 * np.pi + horn, 32))
    inner = _polygon(np.linspace(2 * np.pi + start, np.pi - start, 32), np.hypot(x, y))
    return np.concatenate([outer, inner + np.array([middle, 0])])


OUTLINES = {
    "circle": _circle(),
    "square": _square(),
    "triangle": _polygon(_turn(3)),
    "star": _star(),
    "heart": _heart(),
    "cross": _cross(),
    "moon": _moon(),
}
"""The corners of every shape, (corners, 2): x to the right, y downwards."""
