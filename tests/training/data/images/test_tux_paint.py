import itertools
from collections import Counter

import pytest

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.images import tux_paint
from seqzoo.training.data.images.captioned_images import CAPTIONED_IMAGE_SETS
from seqzoo.training.data.images.duplicates import caption_keys
from seqzoo.training.data.images.tux_paint import INSTALLED, read_stamps
from seqzoo.training.data.splits import SPLITS
from seqzoo.zoo.images.reader import read_image
from tests.training.data.images.pictures import write_picture


@pytest.fixture
def stamps(tmp_path, monkeypatch):
    """A folder of stamps in place of the installed one."""
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path))
    folder = tmp_path / "tux-paint"
    folder.mkdir()
    return folder


def write_stamp(folder, name, text, *endings):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".txt").write_text(text, encoding="utf-8")
    for ending in endings:
        if ending == ".svg":
            path.with_suffix(ending).write_text("<svg/>")
        else:
            write_picture(path.with_suffix(ending), len(text))


def test_pictures_and_their_names_in_two_languages(stamps):
    text = "A “red”  kite.\nfr.utf8=Un milan.\npt.utf8=Um papagaio.\npt_BR.utf8=Uma pipa = ar. \n"
    write_stamp(stamps, "toys/kite", text, ".png")
    write_stamp(stamps, "ball", "A ball.\r\npt_BR.utf8=\r\n", ".png", ".svg")
    ball, kite = read_stamps(stamps)[0]
    assert (ball.name, kite.name) == ("ball", "toys/kite")
    assert kite.captions == {"en": ("A “red” kite.",), "pt": ("Uma pipa = ar.",)}
    assert ball.captions == {"en": ("A ball.",)}
    assert kite.image == stamps / "toys" / "kite.png"


def test_other_files_are_no_stamps_and_svg_alone_is_counted(stamps):
    write_stamp(stamps, "kite", "A kite.\n", ".png")
    write_picture(stamps / "kite_mirror.png", 3)
    (stamps / "kite.dat").write_text("tintable\n")
    (stamps / "kite_desc.ogg").write_bytes(b"sound")
    write_stamp(stamps, "text-alone", "Nothing.\n")
    write_stamp(stamps, "one", "One.\n", ".svg")
    write_stamp(stamps, "two", "Two.\n", ".svg")
    found, skipped = read_stamps(stamps)
    assert [stamp.name for stamp in found] == ["kite"]
    assert skipped == [f"2 of 3 stamps of {stamps}, drawn in SVG alone."]


def test_the_data_set_reads_the_given_folder(stamps):
    for number in range(4):
        write_stamp(stamps, f"stamp-{number}", "A star" + "!" * number + f" {number}\n", ".png")
    write_stamp(stamps, "drawn", "Drawn.\n", ".svg")
    splits = CAPTIONED_IMAGE_SETS.load("tux-paint")
    assert all(getattr(splits, split) for split in SPLITS)
    assert splits.skipped == [f"1 of 5 stamps of {stamps}, drawn in SVG alone."]


def test_stamps_that_are_not_installed(tmp_path, monkeypatch):
    monkeypatch.delenv("SEQZOO_DATA", raising=False)
    monkeypatch.setattr(tux_paint, "INSTALLED", tmp_path / "stamps")
    with pytest.raises(SeqzooError, match="apt install tuxpaint-stamps-default"):
        CAPTIONED_IMAGE_SETS.load("tux-paint")


@pytest.mark.skipif(
    not INSTALLED.is_dir(), reason="needs the stamps: apt install tuxpaint-stamps-default"
)
def test_the_installed_stamps(monkeypatch):
    monkeypatch.delenv("SEQZOO_DATA", raising=False)
    splits = CAPTIONED_IMAGE_SETS.load("tux-paint")
    images = [image for split in SPLITS for image in getattr(splits, split)]
    # Debian's package of 2022 has 785 and is still the one of today; later ones may have more.
    assert len(images) >= 785
    assert len({image.name for image in images}) == len(images)
    languages = Counter(language for image in images for language in image.captions)
    assert languages["en"] == len(images)
    assert languages["pt"] >= 0.99 * len(images)
    assert all(len(getattr(splits, split)) >= 40 for split in SPLITS)
    assert read_image(images[0].image).shape[2] == 3
    # The same pixels in two folders, with two English captions.
    (split,) = (p for p in SPLITS if "people/fireman240a" in {i.name for i in getattr(splits, p)})
    assert "military/fireman240a" in {image.name for image in getattr(splits, split)}
    keys = [set().union(*map(caption_keys, getattr(splits, split))) for split in SPLITS]
    for one, other in itertools.combinations(keys, 2):
        assert not one & other
