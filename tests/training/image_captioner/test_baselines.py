import numpy as np
import pytest

from seqzoo.training.image_captioner import baselines
from seqzoo.training.image_captioner.baselines import most_frequent_caption, nearest_images


def test_first_of_the_most_frequent_captions():
    assert most_frequent_caption(iter(["c", "b", "a", "a", "b"])) == "b"


@pytest.mark.parametrize("memory", [1, 64])
def test_nearest_by_the_angle(memory, monkeypatch):
    """In 1 MiB there is room for 131 rows at a time."""
    monkeypatch.setattr(baselines, "_WORKING_MEMORY", memory)
    rng = np.random.default_rng(6)
    # Lengths differ by orders of magnitude: only the angle counts.
    images, training = (
        (rng.normal(size=(count, 7)) * 10 ** rng.uniform(-3, 3, (count, 1))).astype("float32")
        for count in (300, 1000)
    )
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (images, training)]
    cosines = unit[0] @ unit[1].T
    found = nearest_images(images, training)
    # Of two that are as near up to rounding, either may be found.
    best = cosines.max(axis=1)
    np.testing.assert_allclose(cosines[np.arange(300), found], best, atol=1e-6)
    assert (found == cosines.argmax(axis=1)).mean() > 0.99


def test_an_image_is_its_own_neighbour_even_without_features():
    features = np.array([[0, 2, 0], [0, 0, 0], [3, 0, 1]], "float32")
    assert nearest_images(features[[0, 2]], features).tolist() == [0, 2]
    assert nearest_images(features[[1]], features).shape == (1,)


@pytest.mark.parametrize("memory", [1, 64])
def test_the_image_itself_is_no_neighbour(memory, monkeypatch):
    monkeypatch.setattr(baselines, "_WORKING_MEMORY", memory)
    rng = np.random.default_rng(8)
    training = rng.normal(size=(1000, 7)).astype("float32")
    own = rng.permutation(1000)[:300]
    images = training[own]
    own[::3] = -1
    unit = training / np.linalg.norm(training, axis=1, keepdims=True)
    cosines = (images / np.linalg.norm(images, axis=1, keepdims=True)) @ unit.T
    known = np.flatnonzero(own >= 0)
    cosines[known, own[known]] = -2
    assert nearest_images(images, training, own).tolist() == cosines.argmax(axis=1).tolist()


def test_no_image_has_no_neighbour():
    assert nearest_images(np.zeros((0, 3)), np.ones((2, 3))).tolist() == []


def test_among_equals_the_first():
    assert nearest_images(np.ones((2, 4)), np.ones((5, 4))).tolist() == [0, 0]
