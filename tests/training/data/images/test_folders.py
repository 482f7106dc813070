import contextlib
import gzip
import re
import tarfile

import pytest

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images.caption_rows import CaptionFileError
from seqzoo.training.data.images.captioned_images import CAPTIONED_IMAGE_SETS
from seqzoo.training.data.images.folders import load_folder
from seqzoo.training.data.splits import SPLITS
from seqzoo.zoo.images.reader import read_image
from tests.training.data.images.pictures import write_picture


def images_of(splits):
    return {image.name: image for split in SPLITS for image in getattr(splits, split)}


def split_names(splits):
    return {split: [image.name for image in getattr(splits, split)] for split in SPLITS}


@pytest.fixture
def write(tmp_path):
    """Writes captions and pictures to a folder of the test."""

    def write(captions, images=(), file="captions.csv"):
        path = tmp_path / file
        path.parent.mkdir(exist_ok=True)
        path.write_text(captions, encoding="utf-8")
        for number, image in enumerate(images):
            write_picture(tmp_path / image, number)
        return tmp_path

    return write


@pytest.mark.slow
def test_the_layout_that_flickr8k_is_handed_on_in(write):
    rows = [f'{n}.jpg,"Dog {n} , photo {k} ."' for n in range(6) for k in range(5)]
    folder = write(
        "\n".join(["image,caption", *rows]),
        [f"Images/{n}.jpg" for n in range(6)],
        "captions.txt",
    )
    splits = load_folder(folder)
    assert splits.skipped == []
    images = images_of(splits)
    assert set(images) == {f"{n}.jpg" for n in range(6)}
    assert images["3.jpg"].captions == {"en": tuple(f"Dog 3 , photo {k} ." for k in range(5))}
    assert images["3.jpg"].image == folder / "Images" / "3.jpg"


TOKENS = "".join(f"{n}.jpg#{k}\tDog {n} , take {k} .\n" for n in range(5) for k in range(2))


@pytest.mark.parametrize("image_folder", ["Flicker8k_Dataset", "Flickr8k_Dataset"])
def test_the_published_files_of_flickr8k_and_its_lists(write, image_folder):
    folder = write(TOKENS, [f"{image_folder}/{n}.jpg" for n in range(5)], "Flickr8k.token.txt")
    # A list may end without a line end, and in blank lines.
    write("0.jpg\n3.jpg", file="Flickr_8k.trainImages.txt")
    write("2.jpg\n\n", file="Flickr_8k.devImages.txt")
    write("1.jpg\n\n", file="Flickr_8k.testImages.txt")
    splits = load_folder(folder)
    assert split_names(splits) == {
        "train": ["0.jpg", "3.jpg"],
        "validation": ["2.jpg"],
        "test": ["1.jpg"],
    }
    assert splits.test[0].captions == {"en": ("Dog 1 , take 0 .", "Dog 1 , take 1 .")}
    assert splits.skipped == ["1 of 5 images, which no list of a split names; the first is 4.jpg."]


def test_the_published_files_without_lists_are_split(write):
    folder = write(TOKENS, [f"Flicker8k_Dataset/{n}.jpg" for n in range(5)], "Flickr8k.token.txt")
    assert all(split_names(load_folder(folder)).values())


def test_lists_that_share_an_image_are_named(write):
    folder = write(TOKENS, ["Images/0.jpg"], "Flickr8k.token.txt")
    write("0.jpg\n1.jpg\n", file="Flickr_8k.trainImages.txt")
    write("2.jpg\n1.jpg\n", file="Flickr_8k.testImages.txt")
    with pytest.raises(
        CaptionFileError, match=r"testImages\.txt, line 2: '1\.jpg' is in the train"
    ):
        load_folder(folder)


@pytest.mark.parametrize("line", ["3.jpg A dog .", "3.jpg\tA dog .", "#0\tA dog .", "3.jpg#x\tA"])
def test_a_bad_line_of_tokens_is_named(write, line):
    folder = write(f"{TOKENS}{line}\n", ["Images/0.jpg"], "Flickr8k.token.txt")
    with pytest.raises(CaptionFileError, match=r"token\.txt, line 11: this is not a caption"):
        load_folder(folder)


def test_captions_in_two_languages_and_images_in_folders_below(write):
    folder = write(
        "image,caption,language\n"
        "pets/a.png,A  dog.,en\npets/a.png,Um cão.,pt\nb.png,Uma casa.,pt\npets/a.png,My dog.,en\n",
        ["pets/a.png", "b.png"],
    )
    images = images_of(load_folder(folder))
    assert images["pets/a.png"].captions == {"en": ("A dog.", "My dog."), "pt": ("Um cão.",)}
    assert images["b.png"].captions == {"pt": ("Uma casa.",)}
    assert read_image(images["b.png"].image).shape == (4, 5, 3)


def test_what_cannot_be_used_is_skipped_and_counted(write):
    folder = write(
        "image,caption\na.png,A dog.\ngone.png,A cat.\ngone.png,My cat.\nlost.png,It.\na.png, \n",
        ["a.png"],
    )
    splits = load_folder(folder)
    assert set(images_of(splits)) == {"a.png"}
    assert splits.skipped == [
        f"2 of 3 images, for lack of a file in {folder}; the first is gone.png.",
        f"1 of 5 rows, for lack of a caption; the first is {folder / 'captions.csv'}, line 6.",
    ]


def test_no_path_leads_out_of_the_folder(write, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "secret.png"
    write_picture(outside, 1)
    for path in (str(outside), f"../{outside.parent.name}/secret.png", "x/../../secret.png"):
        folder = write(f"image,caption\na.png,A dog.\n{path},A secret.\n", ["a.png"])
        with pytest.raises(CaptionFileError, match=r"captions\.csv, line 3: .* leads out of"):
            load_folder(folder)


@pytest.mark.parametrize("name", ["sub", "a\0.png", "n" * 5000])
def test_names_that_are_no_files_are_skipped(write, name):
    folder = write(f"image,caption\na.png,A dog.\n{name},A name.\n", ["a.png", "sub/b.png"])
    assert set(images_of(load_folder(folder))) == {"a.png"}


def test_a_folder_without_captions(tmp_path):
    write_picture(tmp_path / "a.png", 1)
    with pytest.raises(CaptionFileError, match=r"has no captions; put captions\.csv there"):
        load_folder(tmp_path)


def test_a_table_without_rows(write):
    with pytest.raises(CaptionFileError, match="has no captions; write at least one"):
        load_folder(write("image,caption\n"))


def test_captions_without_any_image(write):
    with pytest.raises(CaptionFileError, match="None of the 2 images that have captions is in"):
        load_folder(write("image,caption\na.png,A dog.\nb.png,A cat.\n"))


def test_two_files_of_captions(write):
    write("image\tcaption\na.png\tA dog.\n", file="captions.tsv")
    with pytest.raises(CaptionFileError, match=r"captions\.csv and captions\.tsv; keep one"):
        load_folder(write("image,caption\na.png,A dog.\n", ["a.png"]))


@pytest.mark.parametrize(
    ("named", "file"),
    [
        ("photo.JPG", "photo.jpg"),
        ("photo.jpg", "Photo.JPG"),
        ("photo", "photo.jpeg"),
        ("photo", "images/photo.png"),
        ("são.png", "sa\u0303o.png"),
        ("sub/photo", "Images/sub/photo.PNG"),
        ("sub\\photo.png", "sub/photo.png"),
        ("photo.png#3", "photo.png"),
    ],
)
def test_names_that_fit_a_file_without_being_its_own(write, named, file):
    folder = write(f"image,caption\n{named},A dog.\n", [file])
    (image,) = images_of(load_folder(folder)).values()
    assert image.image == folder / file


def test_a_name_that_fits_several_files_finds_none(write):
    folder = write("image,caption\nphoto,A dog.\n", ["photo.png", "photo.jpg"])
    with pytest.raises(CaptionFileError, match="None of the 1 images that have captions"):
        load_folder(folder)


def test_a_file_of_one_image_is_no_other_images(write):
    folder = write("image,caption\na.png,A dog.\nA.png,A cat.\n", ["a.png"])
    splits = load_folder(folder)
    assert images_of(splits)["a.png"].captions == {"en": ("A dog.",)}
    assert splits.skipped == [f"1 of 2 images, for lack of a file in {folder}; the first is A.png."]


def test_an_image_that_is_not_found_is_named_with_the_nearest(write):
    folder = write("image,caption\nphotos/dog1.png,A dog.\n", ["other/dog_1.png", "images/cat.png"])
    with pytest.raises(CaptionFileError) as caught:
        load_folder(folder)
    assert str(caught.value) == (
        f"None of the 1 images that have captions is in {folder}; put them there, or correct their "
        f"names: photos/dog1.png was looked for in {folder} and {folder / 'images'}, and the file "
        f"with the nearest name is {folder / 'other/dog_1.png'}."
    )


def test_rows_that_repeat_another_are_said(write):
    folder = write(
        "image,caption,language\n"
        "a.png,A dog.,en\nb.png,A dog.,en\na.png,A  dog.,en\na.png,A dog.,pt\n",
        ["a.png", "b.png"],
    )
    splits = load_folder(folder)
    assert images_of(splits)["a.png"].captions == {"en": ("A dog.",), "pt": ("A dog.",)}
    assert splits.skipped == [
        f"1 of 4 rows, which repeat an earlier one; the first is {folder / 'captions.csv'}, line 4."
    ]


@pytest.mark.parametrize("file", ["captions.txt", "captions.tsv", "results_20130124.token"])
def test_token_lines_under_other_names(write, file):
    folder = write(TOKENS, [f"flickr30k-images/{n}.jpg" for n in range(5)], file)
    assert images_of(load_folder(folder))["3.jpg"].captions == {
        "en": ("Dog 3 , take 0 .", "Dog 3 , take 1 .")
    }


def test_the_layout_that_flickr30k_is_handed_on_in(write):
    rows = [f'{n}.jpg| {k}|  Dog {n} , the "photo" {k} .' for n in range(3) for k in range(5)]
    folder = write(
        "\n".join(["image_name| comment_number| comment", *rows]),
        [f"flickr30k_images/{n}.jpg" for n in range(3)],
        "results.csv",
    )
    assert images_of(load_folder(folder))["2.jpg"].captions == {
        "en": tuple(f'Dog 2 , the "photo" {k} .' for k in range(5))
    }


def test_a_table_with_languages_splits_and_an_archive(write, tmp_path, monkeypatch):
    """Flickr8k in English and Portuguese, compressed; the table's splits count before lists."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    rows = ["image\tcaption\tlanguage\tsplit"]
    for number, split in enumerate(("train", "valid", "train", "test")):
        rows += [f"{number}.png\tA dog .\ten\t{split}", f"{number}.png\tUm cão.\tpt\t{split}"]
    folder = write("0.png\n1.png", file="Flickr_8k.testImages.txt")
    (folder / "captions.tsv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    with tarfile.open(folder / "images.tar", "w") as archive:
        for number in range(4):
            write_picture(tmp_path / "picture.png", number)
            archive.add(tmp_path / "picture.png", f"Images/{number}.png")
        archive.add(tmp_path / "picture.png", "Images/notes.txt")
    splits = load_folder(folder)
    assert split_names(splits) == {
        "train": ["0.png", "2.png"],
        "validation": ["1.png"],
        "test": ["3.png"],
    }
    assert splits.train[1].captions == {"en": ("A dog .",), "pt": ("Um cão.",)}
    write_picture(tmp_path / "picture.png", 2)
    expected = read_image(tmp_path / "picture.png")
    assert (read_image(splits.train[1].image) == expected).all()
    unpacked = [path.name for path in (tmp_path / "keras").rglob("*") if path.is_file()]
    assert sorted(unpacked) == ["0.png", "1.png", "2.png", "3.png"]
    # The second time, nothing is unpacked.
    monkeypatch.setattr(tarfile, "open", None)
    assert split_names(load_folder(folder)) == split_names(splits)


@pytest.mark.parametrize("name", ["../outside.png", "/outside.png"])
def test_an_archive_writes_nothing_elsewhere(write, tmp_path, monkeypatch, name):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    folder = write("image,caption\na.png,A dog", file="data/captions.csv") / "data"
    write_picture(tmp_path / "picture.png", 1)
    with tarfile.open(folder / "images.tar", "w") as archive:
        archive.add(tmp_path / "picture.png", "a.png")
        member = archive.gettarinfo(tmp_path / "picture.png")
        member.name = name
        with open(tmp_path / "picture.png", "rb") as picture:
            archive.addfile(member, picture)
    with contextlib.suppress(CaptionFileError):
        load_folder(folder)
    assert not [path for path in tmp_path.rglob("outside.png") if "images" not in path.parts]


def test_a_damaged_archive_is_told(write, tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    folder = write("image,caption\na.png,A dog")
    (folder / "images.tar").write_bytes(b"no archive")
    with pytest.raises(CaptionFileError, match=r"images\.tar is damaged"):
        load_folder(folder)
    assert not list((tmp_path / "keras").rglob("*.png"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a.png,A dog,training"], "line 2: 'training' is not a split"),
        (["a.png,A dog,train", "a.png,A cat,test"], "line 3: 'a.png' is in the train split too"),
    ],
)
def test_a_split_that_cannot_be_is_told(write, rows, message):
    folder = write("\n".join(["image,caption,split", *rows]), ["a.png"])
    with pytest.raises(CaptionFileError, match=re.escape(message)):
        load_folder(folder)


def test_flickr8k_is_found_by_its_name(write, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path))
    with pytest.raises(SeqzooError, match="put Images/ and captions"):
        CAPTIONED_IMAGE_SETS.load("flickr8k")
    rows = "\n".join(f"{number}.png,Dog {number} ." for number in range(6))
    write(f"image,caption\n{rows}", file="flickr8k/captions.txt")
    (tmp_path / "flickr8k/Images").mkdir()
    for number in range(6):
        write_picture(tmp_path / f"flickr8k/Images/{number}.png", number)
    splits = CAPTIONED_IMAGE_SETS.load("flickr8k")
    assert sorted(images_of(splits)) == [f"{number}.png" for number in range(6)]
