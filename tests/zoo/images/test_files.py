import pytest

from seqzoo.zoo.images.files import find_images
from seqzoo.zoo.images.reader import ImageError


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "album"
    (folder / "b" / "c").mkdir(parents=True)
    return folder


def test_all_endings_in_order(folder):
    # HEIC and AVIF cannot be read, which whoever has them is to be told.
    names = ["a.JPG", "b/c/d.webp", "b/e.Tiff", "f.heic", "g.avif", "h.jfif", "z.gif", "é 1.png"]
    for name in [*names, "notes.txt", "jpg", "b/raw.nef"]:
        (folder / name).write_bytes(b"")
    assert find_images(folder) == [folder / name for name in names]


def test_what_is_hidden_is_left_out(folder):
    for name in [".a.jpg", "b/.thumbs/c.jpg", "__MACOSX/a.jpg", "b/seen.jpg"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    assert find_images(folder) == [folder / "b/seen.jpg"]


def test_hidden_parent_of_the_folder_hides_nothing(tmp_path):
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "a.jpg").write_bytes(b"")
    assert find_images(tmp_path / ".cache") == [tmp_path / ".cache" / "a.jpg"]


def test_links_are_not_followed_out_of_the_folder(folder, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "a.jpg").write_bytes(b"")
    (folder / "a.jpg").write_bytes(b"")
    (folder / "inside.jpg").symlink_to(folder / "a.jpg")
    (folder / "outside.jpg").symlink_to(tmp_path / "secret" / "a.jpg")
    (folder / "elsewhere").symlink_to(tmp_path / "secret")
    (folder / "above").symlink_to(tmp_path)
    (folder / "gone.jpg").symlink_to(tmp_path / "gone.jpg")
    (folder / "loop.jpg").symlink_to(folder / "loop.jpg")
    assert find_images(folder) == [folder / "a.jpg", folder / "inside.jpg"]


def test_folders_with_endings_are_no_pictures(folder):
    (folder / "trip.jpg").mkdir()
    (folder / "trip.jpg" / "a.jpg").write_bytes(b"")
    assert find_images(folder) == [folder / "trip.jpg" / "a.jpg"]


def test_no_pictures(folder):
    (folder / "notes.txt").write_bytes(b"")
    with pytest.raises(
        ImageError, match=r"album has no pictures; put files of \.bmp, \.gif, .* there"
    ):
        find_images(folder)


def test_no_folder(folder):
    with pytest.raises(ImageError, match=r"absent is not a folder; give a folder with pictures"):
        find_images(folder / "absent")
