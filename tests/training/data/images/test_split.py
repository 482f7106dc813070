import itertools

import hypothesis
import hypothesis.strategies as st
import pytest

from seqzoo.training.data.images.captioned_images import CAPTIONED_IMAGE_SETS
from seqzoo.training.data.images.split import divide, split_by_picture_and_caption
from seqzoo.training.data.splits import SPLITS, Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage
from tests.training.data.images.pictures import encoded


def captioned(number, *english, portuguese=(), image=None):
    captions = {"en": english, "pt": portuguese}
    return CaptionedImage(f"image-{number}", image or encoded(number), captions)


def numbered(numbers):
    return [captioned(n, f"Thing number {n}.", portuguese=(f"Coisa {n}.",)) for n in numbers]


def names(splits):
    return {split: {image.name for image in getattr(splits, split)} for split in SPLITS}


def split_of(splits):
    return {name: split for split, its_names in names(splits).items() for name in its_names}


def sizes(splits):
    return [len(getattr(splits, split)) for split in SPLITS]


def test_every_image_is_in_one_split_and_about_a_tenth_is_held_out():
    images = numbered(range(1000))
    splits = split_by_picture_and_caption(images)
    assert sorted(image.name for split in SPLITS for image in getattr(splits, split)) == sorted(
        image.name for image in images
    )
    # Five standard deviations of a binomial of 1000 draws at 0.1 are 47.
    assert all(53 <= size <= 147 for size in sizes(splits)[1:])


def test_the_order_of_the_images_changes_no_split_and_is_kept_in_each():
    images = numbered(range(60))
    forward = split_by_picture_and_caption(images)
    backward = split_by_picture_and_caption(images[::-1])
    assert names(forward) == names(backward)
    for split in SPLITS:
        assert getattr(forward, split) == getattr(backward, split)[::-1]


def test_images_that_come_later_move_none():
    few = split_of(split_by_picture_and_caption(numbered(range(80))))
    many = split_of(split_by_picture_and_caption(numbered(range(240))))
    assert {name: many[name] for name in few} == few
    assert set(few.values()) == set(SPLITS)


@pytest.mark.parametrize(("count", "expected"), [(0, [0, 0, 0]), (1, [1, 0, 0]), (2, [1, 1, 0])])
def test_too_few_images_go_to_training_first(count, expected):
    assert sizes(split_by_picture_and_caption(numbered(range(count)))) == expected


@pytest.mark.parametrize("first", range(0, 40, 4))
def test_four_images_give_every_split_one(first):
    assert 0 not in sizes(split_by_picture_and_caption(numbered(range(first, first + 4))))


def pairs(like, count=40):
    """Pairs of images, the second made by `like` from the number and the picture's of the first."""
    return [
        (
            captioned(n, f"A dog, {n}.", portuguese=(f"Um cão {n}.",)),
            like(n, count + n),
        )
        for n in range(count)
    ]


def together(like):
    """How many of 40 pairs are in one split each, when they are split as one data set."""
    its_pairs = pairs(like)
    splits = split_of(split_by_picture_and_caption([image for pair in its_pairs for image in pair]))
    assert set(splits.values()) == set(SPLITS)
    return sum(splits[one.name] == splits[other.name] for one, other in its_pairs)


def test_unlike_images_are_not_always_in_one_split():
    # Two draws of 80, 10 and 10 % agree in two thirds of all cases.
    assert together(lambda n, m: captioned(m, f"A cat, {n}.")) < 36


@pytest.mark.parametrize(
    "like",
    [
        lambda n, m: captioned(m, f"A dog, {n}."),
        lambda n, m: captioned(m, f"a  DOG {n}!"),
        lambda n, m: captioned(m, f"Asleep {n}.", f"A dog, {n}."),
        lambda n, m: captioned(m, f"A hound {n}.", portuguese=(f"Um cão {n}.",)),
        lambda n, m: captioned(m, f"A hound {n}.", portuguese=(f"Um ca\u0303o {n}",)),
        lambda n, m: captioned(m, f"A hound {n}.", image=encoded(n)),
        lambda n, m: captioned(m, f"A hound {n}.", image=encoded(n, "BMP")),
    ],
    ids=["caption", "case", "one-of-several", "portuguese", "decomposed", "file", "format"],
)
def test_images_of_one_picture_or_caption_are_in_one_split(like):
    assert together(like) == 40


@hypothesis.given(st.lists(st.sets(st.integers(0, 30), min_size=1, max_size=3), max_size=25))
def test_lists_share_no_key_and_lose_nothing(numbers):
    keys = [{str(number) for number in its_numbers} for its_numbers in numbers]
    # What is divided may be anything: here, the places of the keys.
    lists = divide(range(len(keys)), keys, (0.2, 0.2))
    assert sorted(itertools.chain(*lists)) == list(range(len(keys)))
    for one, other in itertools.combinations(lists, 2):
        assert not any(keys[i] & keys[j] for i in one for j in other)


def test_links_reach_through_other_images():
    chain = [{str(i), str(i + 1)} for i in range(40)]
    assert sorted(map(len, divide(range(40), chain, (0.3, 0.3)))) == [0, 0, 40]


def test_images_that_cannot_be_read_are_skipped_and_named(tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    splits = split_by_picture_and_caption([*numbered(range(3)), captioned(9, "Odd.", image=path)])
    assert sum(sizes(splits)) == 3
    (sentence,) = splits.skipped
    assert str(path) in sentence


def test_what_a_data_set_holds_out_no_other_one_trains_on():
    kite, kite_again = captioned(1, "A kite."), captioned(2, "Blue.", image=encoded(1))
    boat, boat_again = captioned(3, "A boat."), captioned(4, "a boat")
    rest = numbered(range(10, 13))
    first = Splits([kite_again, rest[0]], [boat], [], ["One file."])
    second = Splits([boat_again, rest[1]], [rest[2]], [kite])
    first_kept, second_kept = CAPTIONED_IMAGE_SETS.without_leaks([first, second])
    assert (first_kept.train, first_kept.validation, first_kept.test) == ([rest[0]], [boat], [])
    assert second_kept.train == [rest[1]]
    assert (second_kept.validation, second_kept.test) == ([rest[2]], [kite])
    assert first_kept.skipped == [
        "One file.",
        "1 of 3 images, which another of the data sets holds out.",
    ]


def test_validation_gives_way_to_a_test_split():
    tested = captioned(1, "A kite.")
    kept, _ = CAPTIONED_IMAGE_SETS.without_leaks(
        [Splits([], [captioned(2, "a kite")], []), Splits([], [], [tested])]
    )
    assert kept.validation == []
