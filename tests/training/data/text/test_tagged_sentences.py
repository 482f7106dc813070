import functools
import hashlib
import http.server
import os
import random
import shutil
import threading
from pathlib import Path

import pytest
import tensorflow_datasets as tfds

from seqzoo.core.errors import SeqzooError, UsageError
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.text.split import split_by_sentence
from seqzoo.training.data.text.tagged_sentences import TAGGED_SENTENCE_SETS
from seqzoo.training.datasets.lener_br import lener_br_dataset_builder as lener_br
from seqzoo.zoo.text.tagging.conll_reader import ConllError, read_conll, write_conll
from seqzoo.zoo.text.tagging.tagged_sentence import TaggedSentence

ANA = TaggedSentence(("Ana", "Lima", "ensina"), ("B-PESSOA", "I-PESSOA", "O"))
RIO = TaggedSentence(("O", "rio", "Tejo"), ("O", "O", "B-LOCAL"))
SUN = TaggedSentence(("The", "sun", "is", "out", "."), ("O",) * 5)


def numbered(count):
    return [TaggedSentence((f"word{i}", "Lia"), ("O", "B-PESSOA")) for i in range(count)]


def sizes(splits):
    return len(splits.train), len(splits.validation), len(splits.test)


@pytest.fixture
def lener_folder(tmp_path, monkeypatch):
    """A folder for `SEQZOO_DATA` with small files of our own in place of LeNER-Br's."""
    folder = tmp_path / "data" / "lener-br"
    write_conll([ANA, RIO], folder / "train.conll")
    write_conll([SUN], folder / "dev.conll")
    monkeypatch.setenv("SEQZOO_DATA", str(folder.parent))
    return folder


@pytest.fixture
def no_files(monkeypatch):
    monkeypatch.delenv("SEQZOO_DATA", raising=False)


@pytest.fixture
def author(tmp_path, monkeypatch, no_files):
    """The author's site, on this machine: a folder that is served."""
    root = tmp_path / "site"
    write_conll([ANA], root / "train" / "train.conll")
    write_conll([RIO], root / "dev" / "dev.conll")
    write_conll([SUN], root / "test" / "test.conll")
    handler = functools.partial(QuietHandler, directory=root)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(lener_br, "SOURCE", f"http://127.0.0.1:{server.server_port}")
    yield root
    server.shutdown()
    server.server_close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_every_sentence_is_in_one_split():
    splits = split_by_sentence(numbered(40))
    assert sizes(splits) == (32, 4, 4)
    everything = splits.train + splits.validation + splits.test
    assert sorted(everything, key=str) == sorted(numbered(40), key=str)


def test_the_split_depends_on_the_sentences_only():
    sentences = numbered(40) + [TaggedSentence(s.words, ("O", "O")) for s in numbered(40)]
    shuffled = random.Random(7).sample(sentences, len(sentences))
    for name in ("train", "validation", "test"):
        one, other = (getattr(split_by_sentence(each), name) for each in (sentences, shuffled))
        assert sorted(one, key=repr) == sorted(other, key=repr)


def test_copies_of_a_sentence_stay_in_one_split():
    copies = [TaggedSentence(s.words, ("O", "O")) for s in numbered(40)]
    splits = split_by_sentence(numbered(40) + copies)
    assert sizes(splits) == (64, 8, 8)
    words = [{s.words for s in split} for split in (splits.train, splits.validation, splits.test)]
    assert not words[0] & words[1] | words[0] & words[2] | words[1] & words[2]


@pytest.mark.parametrize(("count", "expected"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1))])
def test_few_sentences(count, expected):
    assert sizes(split_by_sentence(numbered(count))) == expected


def test_a_file_is_split(tmp_path):
    write_conll(numbered(20), tmp_path / "my.anything")
    assert TAGGED_SENTENCE_SETS.load(tmp_path / "my.anything") == split_by_sentence(numbered(20))


@pytest.mark.parametrize(
    "names",
    [
        ("train.conll", "dev.conll", "test.conll"),
        ("train.txt", "valid.txt", "test.txt"),
        ("Train-pt.iob", "VALIDATION.bio", "test_pt.tsv"),
        ("train.conll", "testa.conll", "testb.conll"),
    ],
)
def test_files_named_after_the_splits_are_the_splits(tmp_path, names):
    for name, sentence in zip(names, (ANA, RIO, SUN), strict=True):
        write_conll([sentence], tmp_path / name)
    assert TAGGED_SENTENCE_SETS.load(str(tmp_path)) == Splits([ANA], [RIO], [SUN])


def test_a_split_may_have_several_files_or_none(tmp_path):
    write_conll([ANA, ANA], tmp_path / "b" / "train.2.conll")
    write_conll([RIO], tmp_path / "a" / "train.1.conll")
    write_conll([SUN], tmp_path / "test.conll")
    write_conll([SUN], tmp_path / "testament.conll")
    write_conll([SUN], tmp_path / ".git" / "dev.conll")
    splits = TAGGED_SENTENCE_SETS.load(tmp_path)
    assert splits.train == [RIO, ANA, ANA]
    assert splits.validation == []
    assert splits.test == [SUN]
    assert len(splits.skipped) == 1
    assert "testament.conll is in no split" in splits.skipped[0]


def test_other_folders_are_split_as_one(tmp_path):
    write_conll(numbered(20)[:12], tmp_path / "first.conll")
    write_conll(numbered(20)[12:], tmp_path / "more" / "second.tsv")
    (tmp_path / "notes.txt").write_text("These are notes on the files beside.\n")
    (tmp_path / "picture.png").write_bytes(b"\0")
    splits = TAGGED_SENTENCE_SETS.load(tmp_path)
    assert sizes(splits) == (16, 2, 2)
    assert len(splits.skipped) == 1
    assert "notes.txt, line 1: 7 columns" in splits.skipped[0]


def test_a_bad_file_of_a_split_is_an_error(tmp_path):
    write_conll([ANA], tmp_path / "train.conll")
    (tmp_path / "dev.conll").write_text("")
    with pytest.raises(ConllError, match=r"dev\.conll has no sentences"):
        TAGGED_SENTENCE_SETS.load(tmp_path)


def test_folders_without_sentences(tmp_path):
    with pytest.raises(ConllError, match=r"has no CoNLL files; put files of \.conll"):
        TAGGED_SENTENCE_SETS.load(tmp_path)
    (tmp_path / "notes.txt").write_text("Notes.\n")
    with pytest.raises(ConllError, match=r"None of 1 files is a CoNLL file: .*notes\.txt, line 1"):
        TAGGED_SENTENCE_SETS.load(tmp_path)


def test_unknown_data_names_what_there_is():
    with pytest.raises(UsageError, match=r"no data set and no file or folder 'lener':.*lener-br"):
        TAGGED_SENTENCE_SETS.load("lener")


def test_no_data_set_trains_on_what_another_one_holds_out():
    first = Splits([ANA, RIO], [ANA, SUN], [RIO], ["a"])
    second = Splits([SUN, RIO, ANA], [RIO], [ANA])
    first, second = TAGGED_SENTENCE_SETS.without_leaks([first, second])
    assert first == Splits(
        [], [SUN], [RIO], ["a", "3 of 4 sentences, which another of the data sets holds out."]
    )
    assert second == Splits(
        [], [], [ANA], ["4 of 4 sentences, which another of the data sets holds out."]
    )


def test_one_data_set_stays_as_it_is():
    splits = Splits([ANA, RIO], [ANA], [RIO])
    assert TAGGED_SENTENCE_SETS.without_leaks([splits]) == [splits]


def test_several_are_loaded_as_one(tmp_path, capsys):
    for name, sentence in zip(("train", "dev", "test"), (ANA, RIO, SUN), strict=True):
        write_conll([sentence], tmp_path / "splits" / f"{name}.conll")
    write_conll([SUN, *numbered(1)], tmp_path / "others" / "train.conll")
    (tmp_path / "others" / "x.conll").write_text("")
    splits = TAGGED_SENTENCE_SETS.load_all([tmp_path / "splits", tmp_path / "others"])
    assert (splits.train, splits.validation, splits.test) == ([ANA, *numbered(1)], [RIO], [SUN])
    said = " ".join(capsys.readouterr().err.split())
    assert "x.conll is in no split" in said
    assert "Skipped: 1 of 2 sentences, which another of the data sets holds out." in said


def test_lener_br_from_a_folder(lener_folder, tmp_path, capsys):
    splits = TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path / "prepared")
    assert sizes(splits) == (2, 1, 0)
    assert (splits.train, splits.validation) == ([ANA, RIO], [SUN])
    assert "test split of lener-br" in splits.skipped[0]
    assert capsys.readouterr().out == ""


def test_what_was_prepared_is_not_taken_for_other_files(lener_folder, tmp_path):
    before = TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path)
    write_conll([RIO], lener_folder / "test.conll")
    with_test = TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path)
    assert with_test == Splits(before.train, before.validation, [RIO])
    write_conll([ANA], lener_folder / "train.conll")
    assert TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path).train == [ANA]


def test_a_folder_that_lacks_a_split(lener_folder, tmp_path):
    (lener_folder / "dev.conll").unlink()
    with pytest.raises(SeqzooError, match=r"lener-br has no dev\.conll; put"):
        TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path)


def test_lener_br_from_the_author(author, tmp_path):
    assert TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path / "prepared") == Splits(
        [ANA], [RIO], [SUN]
    )


def test_a_download_that_was_changed_is_refused(author, tmp_path, monkeypatch):
    pinned = tfds.core.download.checksums.UrlInfo(size=4, checksum="0" * 64, filename=None)
    pins = {f"{lener_br.SOURCE}/train/train.conll": pinned}
    monkeypatch.setattr(lener_br.Builder, "url_infos", pins)
    with pytest.raises(SeqzooError, match="is not what was published"):
        TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path)


def test_without_the_internet_both_ways_are_named(author, tmp_path):
    shutil.rmtree(author)
    with pytest.raises(
        SeqzooError, match=r"connect to the internet, or put .*SEQZOO_DATA"
    ) as caught:
        TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
def test_the_real_lener_br(tmp_path):
    splits = TAGGED_SENTENCE_SETS.load("lener-br", data_dir=tmp_path)
    assert sizes(splits)[:2] == (7827, 1176)
    folder = Path(os.environ["SEQZOO_DATA"], "lener-br")
    assert splits.train == read_conll(folder / "train.conll")
    assert splits.validation == read_conll(folder / "dev.conll")
    labels = {tag[2:] for s in splits.train for tag in s.tags if tag != "O"}
    assert labels == {"PESSOA", "ORGANIZACAO", "LOCAL", "TEMPO", "LEGISLACAO", "JURISPRUDENCIA"}


@pytest.mark.skipif("SEQZOO_DATA" not in os.environ, reason="needs the files of SEQZOO_DATA")
@pytest.mark.parametrize("name", ["train", "dev"])
def test_the_checksums_are_those_of_the_real_files(name):
    data = Path(os.environ["SEQZOO_DATA"], "lener-br", f"{name}.conll").read_bytes()
    pinned = lener_br.Builder.url_infos[f"{lener_br.SOURCE}/{name}/{name}.conll"]
    assert pinned.checksum == hashlib.sha256(data).hexdigest()
    assert pinned.size == len(data)


@pytest.fixture
def downloads(tmp_path, monkeypatch):
    """A folder that TFDS takes for what it has downloaded and unpacked."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    for method in ("download_and_extract", "extract"):
        monkeypatch.setattr(tfds.download.DownloadManager, method, lambda *args: folder)
    return folder


def test_wikiann_pt(downloads, tmp_path):
    line = "pt:{}\t{}\n".format
    (downloads / "train").write_text(
        line("Ana", "B-PER") + line("Lima", "I-PER") + line("x:y", "O") + "\n" + line("Ô", "B-LOC")
    )
    (downloads / "dev").write_text(line("CERN", "B-ORG") + "\n")
    (downloads / "test").write_text(line("Faro", "B-LOC") + line("fica", "O") + "\n")
    splits = TAGGED_SENTENCE_SETS.load("wikiann-pt", data_dir=tmp_path)
    assert sorted(splits.train, key=str) == [
        TaggedSentence(("Ana", "Lima", "x:y"), ("B-PER", "I-PER", "O")),
        TaggedSentence(("Ô",), ("B-LOC",)),
    ]
    assert splits.validation == [TaggedSentence(("CERN",), ("B-ORG",))]
    assert splits.test == [TaggedSentence(("Faro", "fica"), ("B-LOC", "O"))]


@pytest.mark.parametrize("first", ["B", "I"], ids=["IOB2", "IOB1"])
def test_conll2003(downloads, tmp_path, first):
    start = "-DOCSTART- -X- -X- O\n\n"
    row = "{} NNP B-NP {}\n".format
    text = row("Ana", f"{first}-PER") + row("Lima", "I-PER") + row("Rita", "B-PER") + "\n"
    (downloads / "train.txt").write_text(start + text)
    (downloads / "valid.txt").write_text(start + row("Faro", f"{first}-LOC") + "\n")
    (downloads / "test.txt").write_text(start + row("waits", "O") + "\n")
    assert TAGGED_SENTENCE_SETS.load("conll2003", data_dir=tmp_path) == Splits(
        [TaggedSentence(("Ana", "Lima", "Rita"), ("B-PER", "I-PER", "B-PER"))],
        [TaggedSentence(("Faro",), ("B-LOC",))],
        [TaggedSentence(("waits",), ("O",))],
    )


@pytest.mark.parametrize("name", ["wikiann-pt", "conll2003"])
def test_without_the_internet_there_is_one_sentence(name, tmp_path, monkeypatch):
    def fail(*args):
        raise ConnectionError("no route\nand much more")

    monkeypatch.setattr(tfds.download.DownloadManager, "download_and_extract", fail)
    with pytest.raises(SeqzooError, match=rf"{name} cannot be downloaded .*no route\); check"):
        TAGGED_SENTENCE_SETS.load(name, data_dir=tmp_path)


def test_sentences_keep_their_order_when_a_file_is_split():
    sentences = [TaggedSentence((str(n), "x"), ("O", "O")) for n in range(50)]
    splits = split_by_sentence(sentences)
    for split in (splits.train, splits.validation, splits.test):
        numbers = [int(sentence.words[0]) for sentence in split]
        assert numbers == sorted(numbers)
