import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from matplotlib.path import Path
from scipy import ndimage

from seqzoo.training.data.images.scenes.drawing import SHADES, draw
from seqzoo.training.data.images.scenes.layout import place
from seqzoo.training.data.images.scenes.outlines import OUTLINES
from seqzoo.training.data.images.scenes.scene import COLOURS, SHAPES, Group, Scene
from tests.training.data.images.scene_strategies import RELATED, SCENES, SEEDS


def placements(scene, seed):
    return place(scene, np.random.default_rng(seed))


@given(SCENES, SEEDS)
def test_objects_lie_in_the_picture_clear_of_each_other(scene, seed):
    placed = placements(scene, seed)
    assert len(placed) == sum(group.count for group in scene.groups)
    for _, x, y, radius in placed:
        assert radius < min(x, y, 1 - x, 1 - y)
    for a, b in itertools.combinations(placed, 2):
        assert np.hypot(a.x - b.x, a.y - b.y) > a.radius + b.radius


@given(SCENES, SEEDS)
def test_sizes_are_apart(scene, seed):
    for group, _, _, radius in placements(scene, seed):
        assert radius < 0.09 if group.size == "small" else radius > 0.13


@given(RELATED, SEEDS)
def test_relations_can_be_seen(scene, seed):
    placed = placements(scene, seed)
    figure = np.array([each[1:] for each in placed if each.group == scene.figure])
    ground = np.array([each[1:] for each in placed if each.group == scene.ground])
    axis = {"left of": 0, "right of": 0, "above": 1, "below": 1}[scene.relation]
    nearer, farther = (
        (figure, ground) if scene.relation in ("left of", "above") else (ground, figure)
    )
    assert (nearer[:, axis] + nearer[:, 2]).max() < (farther[:, axis] - farther[:, 2]).min()
    offset = np.abs(figure[:, :2].mean(axis=0) - ground[:, :2].mean(axis=0))
    assert np.degrees(np.arctan2(offset[1 - axis], offset[axis])) < 22.5


def seen_objects(picture):
    """What can be measured in a picture without knowing how it was drawn."""
    pixels = picture.astype(int)
    background = np.median(pixels.reshape(-1, 3), axis=0)
    different = np.abs(pixels - background).max(axis=-1) > 40
    labels, _ = ndimage.label(different, structure=np.ones((3, 3)))
    for label, box in enumerate(ndimage.find_objects(labels), start=1):
        inside = pixels[labels == label]
        shade = np.median(inside, axis=0)
        colour = min(SHADES, key=lambda name: np.abs(SHADES[name] - shade).sum())
        extent = max(edge.stop - edge.start for edge in box) / len(picture)
        yield "small" if extent < 0.182 else "big", colour


@settings(deadline=None)
@given(SCENES, SEEDS)
def test_a_picture_shows_every_object_in_its_colour_and_size(scene, seed):
    seen = sorted(seen_objects(draw(scene, np.random.default_rng(seed), size=160)))
    expected = sorted(
        (group.size, group.colour) for group in scene.groups for _ in range(group.count)
    )
    assert seen == expected


def test_a_seed_decides_a_picture_and_no_two_are_alike():
    scene = Scene(Group(1, "big", "blue", "moon"))
    rng = np.random.default_rng(3)
    pictures = [draw(scene, rng) for _ in range(50)]
    assert len({picture.tobytes() for picture in pictures}) == 50
    np.testing.assert_array_equal(draw(scene, np.random.default_rng(3)), pictures[0])
    assert pictures[0].shape == (64, 64, 3)
    assert pictures[0].dtype == np.uint8


def test_a_larger_picture_shows_the_same():
    scene = Scene(Group(2, "small", "red", "cross"), "above", Group(1, "big", "pink", "heart"))
    small = draw(scene, np.random.default_rng(5), size=32)
    large = draw(scene, np.random.default_rng(5), size=128)
    assert large.shape == (128, 128, 3)
    # The mean of sixteen pixels is the pixel, but for the rounding of corners to points.
    shrunk = large.reshape(32, 4, 32, 4, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - small).mean() < 2


GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 101), np.linspace(-1, 1, 101)), axis=-1)


def mask(shape):
    return Path(OUTLINES[shape]).contains_points(GRID.reshape(-1, 2))


def test_outlines_fill_the_unit_circle_and_no_more():
    for corners in OUTLINES.values():
        assert 0.85 < np.linalg.norm(corners, axis=1).max() <= 1 + 1e-9


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_look_different(shape):
    for other in set(SHAPES) - {shape}:
        common, either = mask(shape) & mask(other), mask(shape) | mask(other)
        assert common.sum() / either.sum() < 0.8


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        ("square", 2),
        ("triangle", 3 * np.sqrt(3) / 4),
        # Two bars, 0.6 wide, that share their middle.
        ("cross", 2 * 0.6 * 2 * np.sqrt(1 - 0.3**2) - 0.6**2),
        ("circle", np.pi * 0.88**2),
    ],
)
def test_areas(shape, area):
    # The polygon of a circle has 0.3 % less; a grid's cell at the edge is in or out.
    assert mask(shape).sum() * 0.02**2 == pytest.approx(area, rel=0.03)


def test_which_way_shapes_point():
    middle = {shape: GRID.reshape(-1, 2)[mask(shape)].mean(axis=0) for shape in SHAPES}
    assert middle["moon"][0] < -0.2
    assert OUTLINES["heart"][OUTLINES["heart"][:, 1].argmax()].tolist() == pytest.approx([0, 1])
    assert OUTLINES["triangle"][0].tolist() == pytest.approx([0, -1])
    assert OUTLINES["star"][0].tolist() == pytest.approx([0, -1])


def test_everything_has_a_shade_and_an_outline():
    assert tuple(SHADES) == COLOURS
    assert tuple(OUTLINES) == SHAPES
