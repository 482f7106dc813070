import re
import sys

import pytest

from seqzoo.zoo.music.engraving import EngravingError, write_pages
from tests.zoo.music.scores import piano


def count(paths, kind):
    """How many elements of a kind the pages show."""
    pages = "".join(path.read_text("utf-8") for path in paths)
    return len(re.findall(rf'class="{kind}[ "]', pages))


def test_every_note_and_bar_is_on_a_page(tmp_path):
    # 60 bars of four notes: more than a page holds.
    score = piano(*((i, 60 + i % 12, 1) for i in range(240)), name="A scale")
    paths = write_pages(score, tmp_path / "score.svg", composer="seqzoo, after Schubert")
    assert len(paths) > 1
    assert paths == [tmp_path / f"score-{i + 1}.svg" for i in range(len(paths))]
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert count(paths, "note") == 240
    assert count(paths, "measure") == 60
    assert "A scale" in paths[0].read_text("utf-8")
    assert "seqzoo, after Schubert" in paths[0].read_text("utf-8")


def test_pages_of_a_longer_score_do_not_stay(tmp_path):
    for length in (240, 4):
        paths = write_pages(piano(*((i, 60, 1) for i in range(length))), tmp_path / "score.svg")
    assert list(tmp_path.iterdir()) == paths == [tmp_path / "score-1.svg"]


def test_the_same_score_gives_the_same_pages(tmp_path):
    score = piano((0, 60, 1), (1, 64, 3))
    first, second = (write_pages(score, tmp_path / name / "s.svg") for name in "ab")
    assert [p.read_text() for p in first] == [p.read_text() for p in second]


def test_without_verovio_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "verovio", None)
    with pytest.raises(EngravingError, match=r"pip install 'seqzoo\[music\]'"):
        write_pages(piano((0, 60, 1)), tmp_path / "score.svg")
    assert not list(tmp_path.iterdir())
