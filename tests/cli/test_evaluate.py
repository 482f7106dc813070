"""`seqzoo evaluate` on a tagger; that on a note generator stands with the other commands."""

import json

import pytest

from seqzoo.cli import evaluate
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


def test_what_is_no_part_is_refused_before_the_work(data):
    with pytest.raises(UsageError, match="no part 'dev'"):
        evaluate.run("nowhere", [str(data)], "dev", True, None)
