"""Splitting captioned images so that no picture and no caption is in two splits."""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate

from seqzoo.training.data.images.duplicates import with_keys
from seqzoo.training.data.splits import Splits
from seqzoo.zoo.images.captioned_image import CaptionedImage


def split_by_picture_and_caption(
    images: Sequence[CaptionedImage], held_out: float = 0.1
) -> Splits[CaptionedImage]:
    """Splits captioned images into training, validation and test images.

    Images with equal pixels or a common caption go into the same split, and so do images that are
    connected through others. Captions are compared in all languages, ignoring letter case,
    punctuation and spaces. The split of such a group depends on its images only: not on the order,
    and on other images only if they connect groups, or if there are very few images.

    Args:
        images: The images. Those that cannot be read are skipped.
        held_out: Average share of the validation split, and of the test split, among unconnected
            images; see `divide` for small numbers.

    Returns:
        The splits, with the images in their order.
    """
    keyed = with_keys(images)
    test, validation, train = divide(keyed.examples, keyed.keys, (held_out, held_out))
    return Splits(train, validation, test, keyed.unreadable)


def divide(
    images: Sequence[CaptionedImage], keys: Sequence[set[str]], shares: Sequence[float]
) -> list[list[CaptionedImage]]:
    """Divides images into lists that have no key in common.

    Args:
        images: The images.
        keys: The keys of each image, at least one.
        shares: The expected share of each list but the last, which takes the rest.

    Returns:
        The lists, with the images in their order. No list is empty if there are enough images
        without a common key; otherwise the first lists are empty.
    """
    roots = _roots(keys)
    groups = sorted(set(roots), key=_draw)
    # Limits of the draws, not counts: a group keeps its split when others are added or removed.
    ends = [0]
    for index, limit in enumerate(accumulate(shares)):
        wanted = max(bisect_left(groups, limit, key=_draw), ends[-1] + 1)
        later_lists = len(shares) - index
        ends.append(max(min(wanted, len(groups) - later_lists), ends[-1]))
    list_of = {root: bisect_right(ends, place) - 1 for place, root in enumerate(groups)}
    lists: list[list[CaptionedImage]] = [[] for _ in ends]
    for image, root in zip(images, roots, strict=True):
        lists[list_of[root]].append(image)
    return lists


def _roots(keys):
    """Returns, for each image, the least of all keys that its keys are connected with."""
    parent: dict[str, str] = {}

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
    """Maps a key to a pseudorandom number from 0 to 1 that is the same on all machines."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
