from collections import Counter

import numpy as np
import pytest

from seqzoo.core.errors import UsageError
from seqzoo.training.data.images.scenes.held_out import HELD_OUT, combinations, split_name
from seqzoo.training.data.images.scenes.scene import COLOURS, SHAPES, Group, Scene
from seqzoo.training.data.images.scenes.scene_captions import parse_caption
from seqzoo.training.data.images.scenes.scene_splits import is_scene, redrawn, scene_splits
from seqzoo.zoo.images.captioned_image import CaptionedImage


@pytest.fixture(scope="module")
def splits():
    return scene_splits(train=1200, validation=200, test=200, seed=1)


def scene_of(example, language="en"):
    (caption,) = example.captions[language]
    return parse_caption(caption, language)


def test_each_split_shows_its_own_combinations(splits):
    validation, test = HELD_OUT["validation"], HELD_OUT["test"]
    assert not validation & test
    for scene in map(scene_of, splits.train):
        assert not combinations(scene) & (validation | test)
    for scene in map(scene_of, splits.validation):
        assert combinations(scene) & validation
        assert not combinations(scene) & test
    for scene in map(scene_of, splits.test):
        assert combinations(scene) & test
        assert not combinations(scene) & validation


def test_all_that_is_held_out_is_tested(splits):
    for examples, name in ((splits.validation, "validation"), (splits.test, "test")):
        shown = set().union(*(combinations(scene_of(example)) for example in examples))
        assert shown >= HELD_OUT[name]


def test_the_splits_share_no_caption(splits):
    captions = [
        {caption for example in split for each in example.captions.values() for caption in each}
        for split in (splits.train, splits.validation, splits.test)
    ]
    assert len(set.union(*captions)) == sum(map(len, captions))


def test_every_word_is_learnt_in_both_numbers(splits):
    groups = [group for example in splits.train for group in scene_of(example).groups]
    shapes = Counter((group.shape, group.count > 1) for group in groups)
    colours = Counter((group.colour, group.count > 1) for group in groups)
    assert len(shapes) == 2 * len(SHAPES)
    assert len(colours) == 2 * len(COLOURS)
    # Evenly, it would be 0.07 and 0.06; a third of the groups is single.
    assert min(shapes.values()) > 0.02 * len(groups)
    assert min(colours.values()) > 0.02 * len(groups)
    assert {scene_of(example).relation for example in splits.train} == {
        None, "left of", "right of", "above", "below",
    }  # fmt: skip


def test_scenes_of_two_held_out_splits_are_in_none():
    assert split_name(Scene(Group(1, "big", "green", "star"))) == "test"
    assert split_name(Scene(Group(1, "big", "red", "circle"))) == "validation"
    assert split_name(Scene(Group(1, "big", "red", "heart"))) == "train"
    both = Scene(Group(1, "small", "green", "star"), "above", Group(1, "big", "red", "circle"))
    assert split_name(both) is None


def test_both_languages_tell_the_same_scene(splits):
    for example in splits.train[:100] + splits.test[:100]:
        assert scene_of(example, "en") == scene_of(example, "pt") is not None


def test_names(splits):
    examples = splits.train + splits.validation + splits.test
    assert [example.name for example in examples] == [f"scene-{i:06}" for i in range(1600)]


def test_a_seed_decides_a_split_whatever_the_others_hold(splits):
    again = scene_splits(train=5, validation=0, test=20, seed=1)
    other = scene_splits(train=5, validation=0, test=0, seed=2)
    for left, right in ((again.train, splits.train), (again.test, splits.test)):
        for a, b in zip(left, right, strict=False):
            assert a.captions == b.captions
            np.testing.assert_array_equal(a.image, b.image)
    assert [a.captions for a in other.train] != [b.captions for b in again.train]


def test_redrawn_pictures_keep_their_captions(splits):
    before = splits.train[:50]
    rng = np.random.default_rng(0)
    after = [redrawn(example, rng) for example in before]
    for a, b in zip(before, after, strict=True):
        assert (a.name, a.captions) == (b.name, b.captions)
        assert b.image.shape == a.image.shape
        assert (a.image != b.image).any()


def test_pictures_of_another_size_are_redrawn_in_it():
    example = redrawn(scene_splits(1, 0, 0, size=40).train[0], np.random.default_rng(0))
    assert example.image.shape == (40, 40, 3)


@pytest.mark.parametrize("captions", [("a dog on grass",), ()])
def test_other_images_cannot_be_redrawn(captions):
    photo = CaptionedImage("photo-1", np.zeros((8, 8, 3), np.uint8), {"en": captions})
    assert not is_scene(photo)
    with pytest.raises(UsageError, match="photo-1"):
        redrawn(photo, np.random.default_rng(0))
