"""`seqzoo evaluate` on a tagger; that on a note generator stands with the other commands."""

import io
import json
import re
from types import SimpleNamespace

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seqzoo.cli.commands import evaluate
from seqzoo.cli.control_characters import WithoutControls
from seqzoo.core.errors import UsageError
from seqzoo.training.data.splits import Splits
from seqzoo.training.data.training_data import TrainingData
from seqzoo.zoo import NERTagger, read_conll
from seqzoo.zoo.music.score import ScoreError
from seqzoo.zoo.presets.training_records import TrainingRun
from seqzoo.zoo.text.tagging.conll_reader import ConllError
from tests.training.data.text.tagged_files import write_tagged_file


def run(preset, data, split, as_json, report, reading=None, baseline_data=None):
    options = {"json": as_json, "report": report, "baseline_data": baseline_data}
    evaluate.evaluate(preset, data, split, **(reading or {}), **options)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_tagged_file(tmp_path_factory.mktemp("data") / "homes.conll")


def test_json_holds_the_scores_of_all_sentences(tagger_preset, data, capsys):
    run(str(tagger_preset), [str(data)], "all", True, None)
    scores = json.loads(capsys.readouterr().out)
    sentences = read_conll(data)
    assert scores["sentences"] == len(sentences)
    assert scores["entities"] == 2 * len(sentences)
    assert set(scores["labels"]) == {"PESSOA", "LOCAL"}


def test_a_report_lies_where_it_was_asked_for(tagger_preset, data, tmp_path, capsys):
    run(str(tagger_preset), [str(data)], "test", False, tmp_path / "report")
    printed = capsys.readouterr().out
    written = sorted(path.name for path in (tmp_path / "report").iterdir())
    assert written == ["confusion.png", "report.txt", "scores.json"]
    assert (tmp_path / "report/report.txt").read_text("utf-8") in printed
    assert f"the test split of {data}" in printed


@pytest.mark.parametrize(
    ("recorded", "split", "said"),
    [
        ((), "all", "does not say what it was trained on: all of"),
        ((TrainingRun(("lener-br",), "1"),), "all", ""),
        (
            (TrainingRun(("homes.conll",), "1"),),
            "test",
            "of the name .*only the test .*--split all",
        ),
    ],
    ids=["nothing", "other data", "this data"],
)
def test_data_that_was_not_trained_on_is_measured_whole(
    tagger_preset, data, tmp_path, capsys, recorded, split, said
):
    task = NERTagger.from_preset(tagger_preset)
    task.training_runs = recorded
    task.save_to_preset(tmp_path / "preset")
    assert NERTagger.from_preset(tmp_path / "preset").training_runs == recorded
    run(str(tmp_path / "preset"), [str(data)], None, False, None)
    printed = capsys.readouterr()
    count = len(read_conll(data))
    share = {"all": f"all {count} sentences of", "test": f"of {count} sentences, the test split of"}
    assert share[split] in printed.out.splitlines()[0]
    assert re.search(said, printed.err)
    assert bool(said) == bool(printed.err)


def test_columns_and_scheme_are_handed_on(tagger_preset, tmp_path, capsys):
    path = tmp_path / "numbered.conll"
    path.write_text("1\tAna\tPESSOA\tO\n2\tvai\tO\tO\n", "utf-8")
    arguments = str(tagger_preset), [str(path)], "train", True, None
    with pytest.raises(ConllError, match="--columns word=2,tag=4"):
        run(*arguments)
    reading = {"columns": "word=2,tag=3", "scheme": "IO"}
    run(*arguments, reading=reading)
    assert list(json.loads(capsys.readouterr().out)["labels"]) == ["PESSOA"]
    for names in (["lener-br"], [str(path), "lener-br"]):
        with pytest.raises(UsageError, match="is known: leave out --columns and --scheme"):
            run(str(tagger_preset), names, "train", True, None, reading=reading)


def test_labels_of_one_side_alone_are_named(tagger_preset, tmp_path, capsys):
    path = tmp_path / "other.conll"
    path.write_text("Ana B-PER\nmora O\nem O\nFaro B-LOCAL\n\nRui B-PER\nLima I-PER\n", "utf-8")
    run(str(tagger_preset), [str(path)], "all", False, None)
    printed = capsys.readouterr().out
    assert "The model has no label PER: it misses 2 of 3 entities for that." in printed
    run(str(tagger_preset), [str(path)], "all", True, None)
    scores = json.loads(capsys.readouterr().out)
    assert scores["labels_of_data_alone"] == ["PER"]
    assert scores["labels_of_model_alone"] == ["PESSOA"]


def test_no_controls_reach_the_terminal(tagger_preset, tmp_path, capsys):
    """Of words and labels; the report on the disk has them as they are."""
    path = tmp_path / "evil.conll"
    path.write_text("\x1b]0;owned\x07 B-A\x1b[31m\nmora O\n\x9b31m O\n", "utf-8")
    run(str(tagger_preset), [str(path)], "all", False, tmp_path / "report")
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


def test_what_is_no_split_is_refused_before_the_work(data):
    with pytest.raises(UsageError, match="no split 'dev'"):
        run("nowhere", [str(data)], "dev", True, None)


def test_baselines_of_a_model_that_has_none_are_refused(tagger_preset, data):
    with pytest.raises(UsageError, match="counts no baselines: leave out --baseline-data"):
        run(str(tagger_preset), [str(data)], "all", True, None, baseline_data=["lener-br"])


def test_compositions_of_a_model_that_has_none_are_refused_before_the_work(tagger_preset):
    with pytest.raises(UsageError, match="composes nothing: leave out --compose"):
        evaluate.evaluate(str(tagger_preset), ["nowhere"], compose=2)


class Scores:
    """Data of which only `schubert-lieder` and the folder `home` can be loaded."""

    def load(self, names):
        if not {*names} <= {"schubert-lieder", "home"}:
            raise ScoreError(f"There is no data set {names[0]!r}: give another.")
        return Splits([f"{name} to learn from" for name in names], [], [])

    def fingerprint(self, splits):
        return f"of {splits.train[0]}"


def training_data(recorded, named, fingerprint=""):
    runs = TrainingRun(("older",)), TrainingRun(tuple(recorded), fingerprint)
    task = SimpleNamespace(training_runs=runs)
    splits = Splits(["what is measured"], [], [])
    return evaluate._training_data(task, Scores(), named, ["of/given"], splits)


@pytest.mark.parametrize(
    ("recorded", "named", "expected", "told"),
    [
        (["schubert-lieder"], [], (("schubert-lieder",), ["schubert-lieder to learn from"]), ""),
        (["schubert-lieder"], ["home"], (("home",), ["home to learn from"]), ""),
        (["given"], [], (("given",), ["what is measured"]), ""),
        (["home"], [], None, "trained on home: for baselines, name that by --baseline-data"),
        (["bach-chorales"], [], None, "training data, bach-chorales, cannot be loaded. There is"),
        ([], [], None, ""),
    ],
)
def test_what_baselines_are_counted_on(capsys, recorded, named, expected, told):
    assert training_data(recorded, named) == (expected and TrainingData(*expected))
    shown = capsys.readouterr().err
    assert told in shown
    assert bool(told) == bool(shown)


@pytest.mark.parametrize(("what", "is_known"), [("what is measured", True), ("more", False)])
def test_baselines_are_counted_on_no_other_data_of_the_name(capsys, what, is_known):
    counted = training_data(["given"], [], f"of {what}")
    assert counted == (TrainingData(("given",), [what]) if is_known else None)
    assert is_known or "trained on other data of the name given" in capsys.readouterr().err


def test_named_training_data_must_be_there():
    with pytest.raises(ScoreError, match="no data set 'gone'"):
        training_data([], ["gone"])
