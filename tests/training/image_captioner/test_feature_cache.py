"""Features are computed once, and again where anything is another."""

import keras
import numpy as np
import pytest

from seqzoo.core.cache import cache_folder
from seqzoo.training.image_captioner import feature_cache
from seqzoo.training.image_captioner.feature_cache import (
    FeaturesInMemory,
    cached_features,
)
from seqzoo.zoo import ImageCaptioner
from seqzoo.zoo.image_captioner import ImageError
from tests.training.data.images.pictures import encoded, write_picture

BLOCK = 4


class CountingCaptioner(ImageCaptioner):
    """A captioner that counts the images that its encoder reads."""

    read = 0

    def features(self, images, batch_size=32):
        """The features, counted."""
        self.read += len(images)
        return super().features(images, batch_size)


def make(**sizes):
    keras.utils.set_random_seed(4)
    sizes = {"encoder": "small", "image_size": 8, "embedding_dim": 2, "units": 2, **sizes}
    return CountingCaptioner.from_examples(["a picture"], freeze_encoder=True, **sizes)


def assert_close(features, expected):
    """Of features about 1; a processor may round a batch of another size otherwise."""
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-6)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A cache of its own for every test, in small blocks."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(feature_cache, "_BLOCK", BLOCK)
    return tmp_path / "home"


@pytest.fixture(scope="module")
def captioner():
    return make()


@pytest.fixture(autouse=True)
def _count_from_zero(captioner):
    captioner.read = 0


@pytest.fixture
def images(tmp_path):
    """Ten images of all sources."""
    for number in range(6):
        write_picture(tmp_path / f"{number}.png", number)
    arrays = [np.full((3, 4, 3), 20 * number, "uint8") for number in range(2)]
    files = [tmp_path / f"{number}.png" for number in range(6)]
    return [*files[:5], str(files[5]), *arrays, encoded(8), encoded(9, "JPEG")]


def files(home):
    return sorted(home.rglob("*.npy"))


def test_features_are_the_encoders_and_computed_once(captioner, images, home):
    expected = ImageCaptioner.features(captioner, images)
    for _ in range(2):
        features = cached_features(captioner, images)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5)
    assert captioner.read == len(images)
    assert len(files(home)) == 3
    assert all(cache_folder("features") in path.parents for path in files(home))
    assert not [path for path in home.rglob(".*") if path.is_file()]


def test_no_images(captioner):
    assert cached_features(captioner, []).shape == (0, 256)


def test_another_process_or_copy_of_the_model_reads_them_too(captioner, images):
    features = cached_features(captioner, images)
    copy = make()
    np.testing.assert_array_equal(cached_features(copy, images), features)
    assert copy.read == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda images: write_picture(images[1], 77),
        lambda images: images.__setitem__(6, images[6] + np.uint8(1)),
        lambda images: images.__setitem__(6, images[6].reshape(4, 3, 3)),
        lambda images: images.__setitem__(8, encoded(77)),
        lambda images: images.insert(0, images.pop(3)),
    ],
    ids=["file", "pixels", "shape", "bytes", "order"],
)
def test_a_changed_picture_is_read_anew_with_its_block(captioner, images, change):
    cached_features(captioner, images)
    captioner.read = 0
    change(images)
    features = cached_features(captioner, images)
    assert captioner.read in (BLOCK, len(images) % BLOCK)
    expected = ImageCaptioner.features(captioner, images)
    np.testing.assert_allclose(features, expected, rtol=1e-5, atol=1e-5)


def test_a_picture_that_is_stored_elsewhere_is_the_same(captioner, images, tmp_path):
    cached_features(captioner, images)
    captioner.read = 0
    images[0] = images[0].rename(tmp_path / "moved.png")
    images[1] = images[1].read_bytes()
    cached_features(captioner, images)
    assert captioner.read == 0


def test_other_weights_other_features(captioner, images):
    cached_features(captioner, images)
    other = make()
    bias = other.backbone.image_encoder.weights[-1]
    bias.assign_add(np.full(bias.shape, 1e-3))
    features = cached_features(other, images)
    assert other.read == len(images)
    assert_close(features, ImageCaptioner.features(other, images))
    # What the other model had is still there.
    cached_features(captioner, images)
    assert captioner.read == len(images)


def test_another_precision_other_features(captioner, images):
    cached_features(captioner, images)
    other = make(dtype="mixed_bfloat16")
    other.set_weights(captioner.get_weights())
    cached_features(other, images)
    assert other.read == len(images)


def test_another_version_of_the_code_other_features(captioner, images, monkeypatch):
    cached_features(captioner, images)
    monkeypatch.setattr(feature_cache, "_VERSION", feature_cache._VERSION + 1)
    cached_features(captioner, images)
    assert captioner.read == 2 * len(images)


def test_features_in_memory_are_those_and_look_at_every_picture_once(captioner, images, tmp_path):
    known = FeaturesInMemory(captioner)
    expected = cached_features(captioner, images)
    np.testing.assert_array_equal(known.of(images), expected)
    assert_close(known.of(images[3:5]), expected[3:5])
    for path in tmp_path.glob("*.png"):
        path.unlink()
    # Another list of the same pictures.
    np.testing.assert_array_equal(known.of(list(images)), expected)
    assert_close(known.of(images[3:5]), expected[3:5])


def test_another_size_of_images_other_features(captioner, images):
    cached_features(captioner, images)
    # Of the same weights, and other images.
    larger = make(image_size=9)
    assert len(larger.get_weights()) == len(captioner.get_weights())
    cached_features(larger, images)
    assert larger.read == len(images)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:5],
        lambda content: content[: len(content) // 2],
        lambda content: b"x" + content[1:],
        lambda content: content[:8] + b"\xff" * 20 + content[28:],
    ],
    ids=["empty", "cut in the header", "cut", "no array", "bad header"],
)
def test_damaged_files_are_written_anew(captioner, images, home, damage):
    expected = cached_features(captioner, images)
    whole = {path: path.read_bytes() for path in files(home)}
    path = files(home)[1]
    path.write_bytes(damage(whole[path]))
    captioner.read = 0
    np.testing.assert_allclose(cached_features(captioner, images), expected, rtol=1e-5)
    assert captioner.read in (BLOCK, len(images) % BLOCK)
    assert {path: path.read_bytes() for path in files(home)} == whole


@pytest.mark.parametrize(
    "other",
    [
        np.zeros((4, 3), "float32"),
        np.zeros((3, 256), "float32"),
        np.zeros((4, 256), "float64"),
        np.array([None] * 4),
    ],
    ids=["size", "images", "dtype", "objects"],
)
def test_files_of_something_else_are_not_taken(captioner, images, home, other):
    expected = cached_features(captioner, images[:BLOCK])
    np.save(files(home)[0], other)
    np.testing.assert_allclose(
        cached_features(captioner, images[:BLOCK]), expected, rtol=1e-5, atol=1e-6
    )


def test_what_was_read_before_an_interruption_is_kept(captioner, images, tmp_path):
    broken = [*images[:9], tmp_path / "missing.png"]
    with pytest.raises((ImageError, OSError), match="missing"):
        cached_features(captioner, broken)
    assert captioner.read == 2 * BLOCK
    cached_features(captioner, images)
    assert captioner.read == len(images)


def test_a_picture_that_is_damaged_is_named(captioner, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ImageError, match=r"text\.png"):
        cached_features(captioner, [tmp_path / "text.png"])
