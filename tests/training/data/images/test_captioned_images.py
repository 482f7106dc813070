import pytest

from seqzoo.core.errors import UsageError
from seqzoo.training.data.images.captioned_images import CAPTIONED_IMAGE_SETS
from seqzoo.training.data.splits import SPLITS
from tests.training.data.images.pictures import write_picture


@pytest.fixture
def folder(tmp_path):
    def make(name, numbers):
        rows = [f"{n}.png,Thing {n}." for n in numbers]
        for number in numbers:
            write_picture(tmp_path / name / f"{number}.png", number)
        (tmp_path / name / "captions.csv").write_text("\n".join(["image,caption", *rows]))
        return tmp_path / name

    return make


def names(splits, *which):
    return {image.name for split in which for image in getattr(splits, split)}


def test_names_and_folders_that_there_are_not(tmp_path):
    path = tmp_path / "captions.csv"
    path.write_text("image,caption\n")
    for name in ("scene", str(path)):
        with pytest.raises(UsageError, match="one of scenes, tux-paint, flickr8k, coco"):
            CAPTIONED_IMAGE_SETS.load(name)


def test_the_drawn_scenes_are_a_data_set(monkeypatch):
    from seqzoo.training.data.images.scenes import scene_splits

    few = scene_splits.scene_splits(train=3, validation=2, test=1)
    monkeypatch.setattr(scene_splits, "scene_splits", lambda: few)
    assert CAPTIONED_IMAGE_SETS.load("scenes") is few


def test_one_data_set_is_what_it_is(folder):
    path = folder("a", range(8))
    one, all_of_it = CAPTIONED_IMAGE_SETS.load(path), CAPTIONED_IMAGE_SETS.load_all([path])
    for split in SPLITS:
        assert names(one, split) == names(all_of_it, split)


def write_lists(folder, **numbers):
    """Writes the official lists of Flickr8k, which are the splits as they are."""
    for split, its_numbers in numbers.items():
        lines = "".join(f"{n}.png\n" for n in its_numbers)
        (folder / f"Flickr_8k.{split}Images.txt").write_text(lines)


def test_several_data_sets_do_not_leak_into_each_other(folder, capsys):
    one, other = folder("a", range(6)), folder("b", range(6))
    write_lists(one, train=[0, 1, 2], dev=[3, 4], test=[5])
    write_lists(other, train=[3, 5], dev=[0], test=[1, 4])
    together = CAPTIONED_IMAGE_SETS.load_all([one, other])
    assert names(together, "train") == {"2.png"}
    assert names(together, "validation") == {"0.png", "3.png"}
    assert names(together, "test") == {"1.png", "4.png", "5.png"}
    output = capsys.readouterr().err
    assert "Skipped: 3 of 5 images, which another of the data sets holds out." in output
    assert "Skipped: 2 of 3 images, which another of the data sets holds out." in output


def test_what_was_skipped_is_said(folder, capsys):
    path = folder("a", range(4))
    (path / "2.png").unlink()
    CAPTIONED_IMAGE_SETS.load_all([path])
    output = capsys.readouterr()
    assert "Skipped: 1 of 4 images, for lack of a file in" in output.err
    assert output.out == ""
