"""`seqzoo evaluate` on a tagger; that on a note generator stands with the other commands."""

import io
import json

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seqzoo.cli import evaluate
from seqzoo.cli.control_characters import WithoutControls
from seqzoo.errors import UsageError
from seqzoo.zoo import read_conll
from tests.training.tagged_files import write_tagged_file


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_tagged_file(tmp_path_factory.mktemp("data") / "homes.conll")


def test_json_holds_the_scores_of_all_sentences(tagger_preset, data, capsys):
    evaluate.run(str(tagger_preset), [str(data)], "all", True, None)
    scores = json.loads(capsys.readouterr().out)
    sentences = read_conll(data)
    assert scores["sentences"] == len(sentences)
    assert scores["entities"] == 2 * len(sentences)
    assert set(scores["labels"]) == {"PESSOA", "LOCAL"}


def test_a_report_lies_where_it_was_asked_for(tagger_preset, data, tmp_path, capsys):
    evaluate.run(str(tagger_preset), [str(data)], "test", False, tmp_path / "report")
    printed = capsys.readouterr().out
    written = sorted(path.name for path in (tmp_path / "report").iterdir())
    assert written == ["confusion.png", "report.txt", "scores.json"]
    assert (tmp_path / "report/report.txt").read_text("utf-8") in printed
    assert f"test part of {data}" in printed


def test_no_controls_reach_the_terminal(tagger_preset, tmp_path, capsys):
    """Of words and labels; the report on the disk has them as they are."""
    path = tmp_path / "evil.conll"
    path.write_text("\x1b]0;owned\x07 B-A\x1b[31m\nmora O\n\x9b31m O\n", "utf-8")
    evaluate.run(str(tagger_preset), [str(path)], "all", False, tmp_path / "report")
    printed = capsys.readouterr().out
    assert not set("\x1b\x07\x9b") & set(printed)
    assert "␛]0;owned" in printed
    assert "A␛[31m" in printed
    assert "\x1b]0;owned\x07" in (tmp_path / "report/report.txt").read_text("utf-8")


def test_tables_keep_their_colors():
    table = Table("piece")
    table.add_row(Text("\x1b[31mAna", "red"))
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard")
    console.print(WithoutControls(table))
    assert "\x1b[31m␛[31mAna\x1b[0m" in console.file.getvalue()


def test_what_is_no_part_is_refused_before_the_work(data):
    with pytest.raises(UsageError, match="no part 'dev'"):
        evaluate.run("nowhere", [str(data)], "dev", True, None)
