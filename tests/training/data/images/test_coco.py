import json

import pytest

from seqzoo.training.data.images.caption_rows import CaptionFileError
from seqzoo.training.data.images.folders import load_folder
from seqzoo.training.data.splits import SPLITS
from tests.training.data.images.pictures import write_picture


def coco(numbers, captions=lambda n: [f"Photo {n}.", f"View {n}.\n"]):
    """What a file of COCO's holds, with other fields than ours, and captions in no order."""
    images = [{"license": 3, "file_name": f"{n:012}.jpg", "id": n} for n in numbers]
    pairs = sorted((k, n, text) for n in numbers for k, text in enumerate(captions(n)))
    annotations = [{"image_id": n, "id": i, "caption": c} for i, (_, n, c) in enumerate(pairs)]
    return {"info": {}, "images": images, "annotations": annotations}


@pytest.fixture
def write(tmp_path):
    """Writes a file of captions, and the images it names."""

    def write(name, content):
        path = tmp_path / "annotations" / f"captions_{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
        if isinstance(content, dict):
            for image in content.get("images", []):
                write_picture(tmp_path / name / image["file_name"], image["id"])
        return tmp_path

    return write


@pytest.mark.parametrize("year", ["2014", "2017"])
def test_training_is_kept_and_validation_is_halved(write, year):
    write(f"train{year}", coco(range(6)))
    folder = write(f"val{year}", coco(range(100, 140)))
    splits = load_folder(folder)
    assert [image.name for image in splits.train] == [f"{n:012}.jpg" for n in range(6)]
    assert splits.train[2].captions == {"en": ("Photo 2.", "View 2.")}
    assert splits.train[2].image == folder / f"train{year}" / "000000000002.jpg"
    assert len(splits.validation + splits.test) == 40
    # Five standard deviations of a binomial of 40 fair draws are 16.
    assert 4 <= len(splits.validation) <= 36
    assert splits.skipped == []


def test_halves_share_no_caption(write):
    write("train2014", coco(range(2)))
    pairs = coco(range(100, 140), lambda n: [f"Photo {n}.", f"Pair {n // 2}."])
    splits = load_folder(write("val2014", pairs))
    captions = [{i.captions["en"][1] for i in split} for split in (splits.validation, splits.test)]
    assert all(captions)
    assert not captions[0] & captions[1]


def test_one_file_alone_is_split(write):
    splits = load_folder(write("val2014", coco(range(8))))
    assert all(getattr(splits, split) for split in SPLITS)


def test_missing_images_are_skipped_and_counted(write):
    folder = write("train2014", coco(range(9)))
    (folder / "train2014" / "000000000004.jpg").unlink()
    splits = load_folder(folder)
    assert splits.skipped == [
        f"1 of 9 images, for lack of a file in {folder / 'train2014'}; the first is "
        "000000000004.jpg."
    ]


def test_two_years_share_images(write):
    write("train2014", coco(range(3)))
    with pytest.raises(CaptionFileError, match="keep those of one year"):
        load_folder(write("val2017", coco(range(3))))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"images": [],\n"annotations": [}', "line 2: this is not JSON"),
        ([], "there is no images here"),
        ({"images": []}, "there is no annotations here"),
        ({"images": ["a.jpg"], "annotations": []}, r"images\[0\]: there is no id"),
        ({**coco([1]), "annotations": [{"image_id": 1}]}, r"annotations\[0\]: there is no caption"),
        (
            {**coco([1]), "annotations": [{"image_id": 7, "caption": "A dog."}]},
            r"annotations\[0\]: the list images has no image 7",
        ),
        (
            {
                "images": [{"id": 1, "file_name": "../a.jpg"}],
                "annotations": [{"image_id": 1, "caption": "A dog."}],
            },
            r"annotations\[0\]: '\.\./a\.jpg' leads out of",
        ),
    ],
    ids=["json", "list", "no-annotations", "no-id", "no-caption", "no-image", "outside"],
)
def test_what_is_wrong_is_named(tmp_path, content, problem):
    path = tmp_path / "annotations" / "captions_train2014.json"
    path.parent.mkdir()
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(CaptionFileError, match=problem) as caught:
        load_folder(tmp_path)
    assert str(path) in str(caught.value)


def image_of(splits, name):
    return next(image for split in SPLITS for image in getattr(splits, split) if image.name == name)


def test_an_id_of_two_images_is_refused(write):
    content = coco(range(3))
    content["images"].append({"id": 1, "file_name": "other.jpg"})
    with pytest.raises(
        CaptionFileError, match=r"images\[3\]: other\.jpg has the id 1 of 000000000001\.jpg"
    ):
        load_folder(write("train2014", content))


def test_an_image_that_is_listed_twice_is_one(write):
    content = coco(range(4))
    content["images"].append(content["images"][1])
    splits = load_folder(write("train2014", content))
    assert image_of(splits, "000000000001.jpg").captions == {"en": ("Photo 1.", "View 1.")}


@pytest.mark.parametrize("convert", [str, float, lambda n: f" {n} "])
def test_ids_are_written_in_several_ways(write, convert):
    content = coco(range(4))
    for annotation in content["annotations"]:
        annotation["image_id"] = convert(annotation["image_id"])
    splits = load_folder(write("train2014", content))
    assert image_of(splits, "000000000002.jpg").captions == {"en": ("Photo 2.", "View 2.")}


@pytest.fixture
def move(tmp_path):
    """Writes COCO's files with a prefix before all names, and the images to some folder."""

    def move(prefix, place):
        content = coco(range(4))
        for image in content["images"]:
            write_picture(tmp_path / place / image["file_name"], image["id"])
            image["file_name"] = prefix + image["file_name"]
        path = tmp_path / "annotations" / "captions_train2014.json"
        path.parent.mkdir()
        path.write_text(json.dumps(content))
        return tmp_path

    return move


@pytest.mark.parametrize(
    ("prefix", "place"),
    [
        *(("", place) for place in ("train2014", "images/train2014", "images", ".")),
        *(("train2014/", place) for place in ("train2014", "images/train2014")),
        ("train2014\\", "train2014"),
        ("images/", "images"),
    ],
)
def test_images_in_several_folders(move, prefix, place):
    folder = move(prefix, place)
    splits = load_folder(folder)
    found = sorted(image.image for split in SPLITS for image in getattr(splits, split))
    assert found == [folder / place / f"{n:012}.jpg" for n in range(4)]


def test_a_folder_in_a_name_is_not_left_out(move):
    """Two folders may hold other images of the same names."""
    folder = move("photos/", "train2014")
    nearest = folder / "train2014" / "000000000000.jpg"
    with pytest.raises(CaptionFileError, match=f"the nearest name is {nearest}"):
        load_folder(folder)


def test_an_image_that_is_missing_is_named_with_the_nearest(write, tmp_path):
    write("train2014", coco(range(3)))
    folder = tmp_path / "train2014"
    (folder / "000000000001.jpg").rename(folder / "0000000001.jpg")
    assert load_folder(tmp_path).skipped == [
        f"1 of 3 images, for lack of a file in {folder}; the first is 000000000001.jpg, and the "
        f"file with the nearest name is {folder / '0000000001.jpg'}."
    ]
