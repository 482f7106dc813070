"""The split of captioned images into parts that share no picture and no caption."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from seqzoo.training.captioning.sameness import with_keys
from seqzoo.training.parts import PARTS, Parts
from seqzoo.zoo.image_captioner.captioned_image import CaptionedImage


def split_by_picture_and_caption(
    images: Sequence[CaptionedImage], held_out: float = 0.1
) -> Parts[CaptionedImage]:
    """Splits captioned images into parts.

    Images of the same pixels, and images with a caption in common, go into one part, and so do
    those that others connect. Letter case, punctuation and spaces make no other caption, and
    captions of all languages count. Which part that is depends on these images only: not on the
    order, and on other images only where they connect some, or where there are very few.

    Args:
        images: The images. Those that cannot be read are skipped.
        held_out: Share of the validation part, and of the test part, among the images that nothing
            connects, on average; see `divide` for small numbers.

    Returns:
        The parts, with the images in their order.
    """
    keyed = with_keys(images)
    test, validation, train = divide(keyed.images, keyed.keys, (held_out, held_out))
    return Parts(train, validation, test, keyed.unreadable)


def divide(
    images: Sequence[CaptionedImage], keys: Sequence[set[str]], shares: Sequence[float]
) -> list[list[CaptionedImage]]:
    """Divides images into lists that share no key.

    Args:
        images: The images.
        keys: The keys of each image, at least one.
        shares: The expected share of each list but the last, which takes the rest.

    Returns:
        The lists, with the images in their order. No list is empty if there are enough images
        that share no key; else the first lists are.
    """
    roots = _roots(keys)
    groups = sorted(set(roots), key=_draw)
    # Limits of the draws, not counts: a group stays where it is when others come or go.
    ends = [0]
    for index, limit in enumerate(accumulate(shares)):
        wanted = max(bisect_left(groups, limit, key=_draw), ends[-1] + 1)
        later_lists = len(shares) - index
        ends.append(max(min(wanted, len(groups) - later_lists), ends[-1]))
    list_of = {root: bisect_right(ends, place) - 1 for place, root in enumerate(groups)}
    lists = [[] for _ in ends]
    for image, root in zip(images, roots, strict=True):
        lists[list_of[root]].append(image)
    return lists


def without_leaks(parts: Sequence[Parts[CaptionedImage]]) -> list[Parts[CaptionedImage]]:
    """Leaves out of each data set's training part what another one holds out.

    Data sets that were split on their own may share pictures or captions. The held-out parts stay
    as they are, but for validation images that another data set tests on. All pictures are read;
    those that cannot be are skipped.

    Args:
        parts: The parts of every data set.
    """
    keyed = [{name: with_keys(getattr(each, name)) for name in PARTS} for each in parts]
    kept = []
    for index, own in enumerate(keyed):
        others = keyed[:index] + keyed[index + 1 :]
        tested = _all_keys(others, "test")
        train = _without(own["train"], tested | _all_keys(others, "validation"))
        validation = _without(own["validation"], tested)
        skipped = parts[index].skipped + [s for part in own.values() for s in part.unreadable]
        before, after = len(own["train"].images + own["validation"].images), len(train + validation)
        if after < before:
            skipped.append(
                f"{before - after} of {before} images, which another of the data sets holds out."
            )
        kept.append(Parts(train, validation, own["test"].images, skipped))
    return kept


def _roots(keys):
    """For the keys of each image, the least key of all that they are connected with."""
    parent = {}

    def root(key):
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for first, *others in keys:
        for other in others:
            least, greatest = sorted((root(first), root(other)))
            parent[greatest] = least
    return [root(next(iter(its_keys))) for its_keys in keys]


def _draw(key):
    """A number from 0 to 1 that is as good as random, and the same everywhere."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64


def _all_keys(data_sets, part):
    return set().union(*(keys for data_set in data_sets for keys in data_set[part].keys))


def _without(part, keys):
    return [
        image for image, its_keys in zip(part.images, part.keys, strict=True) if not keys & its_keys
    ]
