"""SNIPS: requests with slots, from a folder."""

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from seqzoo.core.errors import SeqzooError
from seqzoo.training.data.text.tagged_sentences import TAGGED_SENTENCE_SETS
from seqzoo.training.datasets.snips import snips_dataset_builder as snips
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

RAIN = TaggedSentence(
    ("will", "it", "rain", "in", "são", "paulo"), ("O",) * 4 + ("B-city", "I-city")
)
BOOK = TaggedSentence(("rate", "dune", "five"), ("O", "B-object_name", "B-rating_value"))


def write_split(folder, sentence, label, compressed=False):
    folder.mkdir(parents=True)
    lines = {"seq.in": " ".join(sentence.words), "seq.out": " ".join(sentence.tags), "label": label}
    for name, line in lines.items():
        data = f"{line} \n".encode()
        if compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for `SEQZOO_DATA` with requests of our own in place of SNIPS's."""
    write_split(tmp_path / "data/text/snips/train", RAIN, "GetWeather", compressed=True)
    write_split(tmp_path / "data/text/snips/valid", BOOK, "RateBook")
    monkeypatch.setenv("SEQZOO_DATA", str(tmp_path / "data"))
    return tmp_path / "data/text/snips"


def test_slots_are_tags(folder, tmp_path):
    splits = TAGGED_SENTENCE_SETS.load("snips", data_dir=tmp_path / "prepared")
    assert (splits.train, splits.validation, splits.test) == ([RAIN], [BOOK], [])


def test_intents_are_labels(folder, tmp_path):
    builder = snips.Builder(data_dir=tmp_path / "prepared")
    builder.download_and_prepare()
    elements = builder.as_dataset(split="validation").as_numpy_iterator()
    assert [element["label"] for element in elements] == [b"RateBook"]


@pytest.mark.parametrize("name", ["valid", "train/seq.out"])
def test_what_is_missing_is_named(folder, tmp_path, name):
    gone = folder / name
    (gone if gone.is_dir() else gone.with_name(f"{gone.name}.gz")).rename(tmp_path / "gone")
    with pytest.raises(SeqzooError, match=rf"{Path(name).name}.*put that f\w+ of SNIPS there\."):
        TAGGED_SENTENCE_SETS.load("snips", data_dir=tmp_path / "prepared")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("seq.out", b"O O\n", r"seq\.out, line 1: there are 2 tags for 3 words; put the file"),
        (
            "label",
            b"RateBook\nRateBook\n",
            r"differ in their number of lines: .*seq\.in 1, .*label 2",
        ),
        ("seq.in", b"\x1f\x8b\x08", r"seq\.in is damaged"),
        ("seq.in", b"rate d\xfcne five\n", r"seq\.in is damaged"),
    ],
)
def test_files_that_do_not_fit_are_named(folder, tmp_path, name, content, message):
    (folder / "valid" / name).write_bytes(content)
    with pytest.raises(SeqzooError, match=message):
        TAGGED_SENTENCE_SETS.load("snips", data_dir=tmp_path / "prepared")


@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
@pytest.mark.parametrize("name", ["train/seq.in", "valid/seq.out", "valid/label"])
def test_the_checksums_are_those_of_the_real_files(name):
    path = Path(os.environ["SEQZOO_DATA"], "text/snips", f"{name}.gz")
    pinned = snips.Builder.url_infos[f"{snips.SOURCE}/{name}"]
    assert pinned.checksum == hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest()


@pytest.mark.slow
@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
def test_the_real_requests(tmp_path):
    splits = TAGGED_SENTENCE_SETS.load("snips", data_dir=tmp_path)
    assert (len(splits.train), len(splits.validation)) == (13_084, 700)
    assert len({tag[2:] for s in splits.train for tag in s.tags if tag != "O"}) == 39
