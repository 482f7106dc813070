import numpy as np
import pytest
import tensorflow_datasets as tfds

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images.captioned_images import CAPTIONED_IMAGE_SETS
from seqzoo.zoo.images.reader import read_image
from tests.training.data.images.pictures import encoded, picture

SPLITS = {"train": (0, 1), "restval": (2,), "val": (3,), "test": (4, 5)}


class CocoCaptions(tfds.object_detection.CocoCaptions, skip_registration=True):
    """The real features and the real files of records, with pictures of our own."""

    def _split_generators(self, dl_manager):
        return {split: self._generate_examples(numbers) for split, numbers in SPLITS.items()}

    def _generate_examples(self, numbers):
        for number in numbers:
            yield number, self._example(number)

    def _example(self, number):
        path = self.data_path.parent / f"{number}.png"
        path.write_bytes(encoded(number))
        return {
            "image": path,
            "image/filename": f"COCO_{number}.png",
            "image/id": number,
            "objects": [],
            "captions": [{"id": k, "text": f"Pão {number}, {k}.\n"} for k in range(2)],
        }


@pytest.fixture(scope="module")
def coco_captions(tmp_path_factory):
    """Has TFDS give this builder, whose prepared data is in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tfds, "builder", lambda name, data_dir: CocoCaptions(data_dir=data_dir))
        yield tmp_path_factory.mktemp("prepared")


@pytest.fixture(scope="module")
def splits(coco_captions):
    return CAPTIONED_IMAGE_SETS.load("coco-captions", coco_captions)


def numbers(images):
    return sorted(int(image.name[5:-4]) for image in images)


def test_the_split_of_karpathy_and_li(splits):
    assert numbers(splits.train) == [0, 1, 2]
    assert numbers(splits.validation) == [3]
    assert numbers(splits.test) == [4, 5]


def test_captions_and_pictures_are_the_published_ones(splits):
    (image,) = splits.validation
    assert image.captions == {"en": ("Pão 3, 0.", "Pão 3, 1.")}
    # A file of the bytes that were published, so that no picture is in memory.
    assert image.image.read_bytes() == encoded(3)
    np.testing.assert_array_equal(read_image(image.image), np.asarray(picture(3)))


def test_pictures_are_written_once(coco_captions, splits):
    before = splits.validation[0].image.stat()
    (again,) = CAPTIONED_IMAGE_SETS.load("coco-captions", coco_captions).validation
    assert again.image == splits.validation[0].image
    assert again.image.stat().st_ino == before.st_ino


def test_what_cannot_be_downloaded_is_said(coco_captions, monkeypatch, tmp_path):
    def refuse(self, dl_manager):
        raise ConnectionError("No route to host.\nMore.")

    monkeypatch.setattr(CocoCaptions, "_split_generators", refuse)
    with pytest.raises(SeqzooError, match=r"coco-captions cannot be .* \(No route to host\.\)"):
        CAPTIONED_IMAGE_SETS.load("coco-captions", tmp_path)
