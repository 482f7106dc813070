import functools
import http.server
import threading

import numpy as np
import pytest

from seqzoo.core.errors import SeqzooError, UsageError
from seqzoo.training.data.music.roll_sets import ROLL_SETS
from seqzoo.training.data.published import PIANO_ROLLS, data_sets_of
from seqzoo.training.datasets import roll_builder
from seqzoo.training.datasets.jsb_chorales.jsb_chorales_dataset_builder import Builder
from tests.contracts.model_cases import random_rolls
from tests.training.data.music.roll_files import write_rolls

ROLLS = random_rolls([4, 2, 7, 1], 88)


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A folder for `SEQZOO_DATA` with small files of our own in place of the published ones."""
    folder = tmp_path / "data" / "poly-music"
    folder.mkdir(parents=True)
    for name in ("JSB_Chorales", "Nottingham"):
        write_rolls(folder / f"{name}.mat", ROLLS[:2], ROLLS[2:3], ROLLS[3:])
    monkeypatch.setenv("SEQZOO_DATA", str(folder.parent))
    return folder


def sizes(splits):
    return len(splits.train), len(splits.validation), len(splits.test)


@pytest.mark.parametrize("name", data_sets_of(PIANO_ROLLS))
def test_a_published_data_set_keeps_its_split_and_its_rolls(local, tmp_path, name):
    splits = ROLL_SETS.load(name, tmp_path / "prepared")
    assert sizes(splits) == (2, 1, 1)
    for piece, roll in zip(splits.train + splits.validation + splits.test, ROLLS, strict=True):
        np.testing.assert_array_equal(piece.roll, roll)


def test_another_file_is_prepared_anew(local, tmp_path):
    ROLL_SETS.load("nottingham", tmp_path / "prepared")
    write_rolls(local / "Nottingham.mat", ROLLS[:1], ROLLS[1:2], ROLLS[2:])
    assert sizes(ROLL_SETS.load("nottingham", tmp_path / "prepared")) == (1, 1, 2)


def test_ones_own_files_are_read_and_several_are_one(tmp_path):
    write_rolls(tmp_path / "a.mat", ROLLS[:1], ROLLS[1:2], [])
    write_rolls(tmp_path / "b.mat", ROLLS[2:3], [], ROLLS[3:])
    assert sizes(ROLL_SETS.load_all([tmp_path / "a.mat", tmp_path / "b.mat"])) == (2, 1, 1)
    with pytest.raises(UsageError, match=r"no file 'nowhere'.*nottingham"):
        ROLL_SETS.load("nowhere")


def test_no_file_trains_on_what_another_one_holds_out_in_any_key(tmp_path, capsys):
    # With room for another key.
    rolls = [np.pad(roll, [(0, 0), (20, 28)]) for roll in random_rolls([4, 2, 7, 5], 40)]
    first, second, third, fourth = rolls
    higher, lower = np.roll(third, 1, axis=1), np.roll(first, -2, axis=1)
    write_rolls(tmp_path / "a.mat", [first, second], [third], [])
    write_rolls(tmp_path / "b.mat", [fourth, higher], [], [lower, third])
    splits = ROLL_SETS.load_all([tmp_path / "a.mat", tmp_path / "b.mat"])
    np.testing.assert_array_equal(splits.train[0].roll, second)
    np.testing.assert_array_equal(splits.train[1].roll, fourth)
    assert sizes(splits) == (2, 0, 2)
    said = " ".join(capsys.readouterr().err.split())
    assert "Skipped: 2 of 3 pieces, which another of the data sets holds out." in said
    assert "Skipped: 1 of 2 pieces, which another of the data sets holds out." in said


def test_one_file_keeps_the_split_of_its_author(tmp_path):
    write_rolls(tmp_path / "a.mat", ROLLS, ROLLS[:1], ROLLS[1:3])
    assert sizes(ROLL_SETS.load_all([tmp_path / "a.mat"])) == (4, 1, 2)


def test_what_was_downloaded_must_be_what_was_published(tmp_path, monkeypatch):
    monkeypatch.delenv("SEQZOO_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    write_rolls(tmp_path / "JSB_Chorales.mat", ROLLS[:2], ROLLS[2:3], ROLLS[3:])
    handler = functools.partial(QuietHandler, directory=tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    source = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(roll_builder, "SOURCE", source)
    builder = Builder(data_dir=tmp_path / "prepared")
    url = f"{source}/JSB_Chorales.mat"
    published = next(iter(builder.url_infos.values()))
    monkeypatch.setitem(builder.url_infos, url, published)
    with pytest.raises(SeqzooError, match="not what was published"):
        builder.download_and_prepare()
    server.shutdown()
    server.server_close()


def test_checksums_are_those_of_the_addresses():
    (url,) = Builder.url_infos
    assert url == f"{roll_builder.SOURCE}/JSB_Chorales.mat"


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass
