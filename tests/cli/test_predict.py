"""`seqzoo predict`, on a tagger that has learned nothing: what counts is that answers arrive."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from seqzoo.cli.commands import predict
from seqzoo.cli.commands.show import info, list_
from seqzoo.cli.control_characters import escaped_controls, without_controls
from seqzoo.cli.predict_entities import marked_text
from seqzoo.core.errors import UsageError
from seqzoo.zoo import Entity, NERTagger, NoteGenerator, PresetError, shipped_presets
from tests.cli.test_errors import check

TEXTS = [
    "Ana Lima mora em Faro.",
    "",
    "O Rui — “professor” de IA 👩🏽‍🏫 — foi a Belém.\nNão voltou.",
]
LIMA = Entity("Ana Lima", "PESSOA", 0, 8, 0.974)
FARO = Entity("Faro", "LOCAL", 17, 21, 0.5)
LABELS = ["PESSOA", "LOCAL"]


@pytest.fixture(scope="module")
def expected(tagger_preset):
    return NERTagger.from_preset(tagger_preset).predict(TEXTS)


def run(preset, texts=(), as_json=True, **options):
    predict.run(str(preset), texts, as_json, options)


def test_json_is_what_the_model_says(tagger_preset, expected, capsys):
    run(tagger_preset, TEXTS)
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["text"] for answer in answers] == TEXTS
    received = [[Entity(**entity) for entity in answer["entities"]] for answer in answers]
    assert received == expected
    # Otherwise nothing was compared.
    assert sum(map(len, expected)) > 2


def test_only_likely_entities(tagger_preset, expected, capsys):
    scores = sorted(entity.score for entities in expected for entity in entities)
    run(tagger_preset, TEXTS, min_score=scores[1])
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    received = sorted(e["score"] for answer in answers for e in answer["entities"])
    assert received == scores[1:]


@pytest.mark.parametrize("min_score", ["nan", "inf", "-inf", "-0.1", "1.5"])
def test_what_is_no_probability_is_refused(tagger_preset, tmp_path, seqzoo, min_score):
    ran = seqzoo("predict", tagger_preset, *TEXTS, "--min-score", min_score, cwd=tmp_path)
    check(ran, 2, f"--min-score must lie between 0 and 1, not {min_score}.")
    assert len(ran.stderr.splitlines()) == 1
    assert not ran.stdout


@pytest.mark.slow
def test_a_file_is_answered_as_its_text(tagger_preset, tmp_path, capsys):
    (tmp_path / "text.txt").write_text(TEXTS[2], "utf-8")
    run(tagger_preset, file=[tmp_path / "text.txt"], as_json=False)
    of_file = capsys.readouterr().out
    run(tagger_preset, TEXTS[2:], as_json=False)
    assert of_file == capsys.readouterr().out
    assert "\n" in of_file.rstrip("\n")


def test_options_of_a_captioner_are_none_of_a_tagger(tagger_preset):
    with pytest.raises(UsageError, match=r"has no --beam-width, --language: .*--min-score"):
        run(tagger_preset, TEXTS, beam_width=4, language="pt", min_score=0.5)


def test_a_note_generator_predicts_nothing_of_texts(tmp_path):
    sizes = {"units": 4, "num_layers": 1, "embedding_dim": 4}
    NoteGenerator.from_examples(**sizes).save_to_preset(tmp_path / "notes")
    with pytest.raises(UsageError, match="is of the model note-generator"):
        run(tmp_path / "notes", ["Ana"])


def test_entities_stand_in_brackets_without_colors():
    marked = marked_text("Ana Lima mora em Faro.\n", [LIMA, FARO], LABELS, colors=False)
    assert marked.plain == "[Ana Lima | PESSOA 97 %] mora em [Faro | LOCAL 50 %]."


def test_entities_have_the_color_of_their_label():
    marked = marked_text("Ana Lima mora em Faro.", [LIMA, FARO], LABELS, colors=True)
    assert marked.plain == "Ana Lima PESSOA 97 % mora em Faro LOCAL 50 %."
    console = Console()
    colors = {
        name: {
            marked.get_style_at_offset(console, marked.plain.index(word)).color.name
            for word in words
        }
        for name, words in {"PESSOA": ("Ana", "PESSOA"), "LOCAL": ("Faro", "LOCAL")}.items()
    }
    assert [len(found) for found in colors.values()] == [1, 1]
    assert colors["PESSOA"] != colors["LOCAL"]


def test_no_controls_reach_the_terminal():
    evil = "\x1b]0;owned\x07Ana\x9b31m\u202etxt\r\nfim\ttab\x7f"
    shown = without_controls(evil)
    assert shown == "␛]0;owned␇Ana\ufffd31m\ufffdtxt\nfim\ttab␡"
    entity = Entity("\x1bAna", "X\x1b", 0, 4, 1.0)
    for colors in (False, True):
        assert "\x1b" not in marked_text("\x1bAna", [entity], ["X\x1b"], colors).plain
    escaped = escaped_controls(json.dumps(evil, ensure_ascii=False))
    assert escaped.isprintable()
    assert json.loads(escaped) == evil


def test_joined_emoji_stay_whole():
    assert without_controls("👩🏽‍🏫 é") == "👩🏽‍🏫 é"


@pytest.mark.slow
def test_answers_come_while_the_input_is_open(tagger_preset):
    """As of `tail -f`; and a reader that has enough, as `head`, is no failure."""
    command = [sys.executable, "-m", "seqzoo", "predict", tagger_preset, "--json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        for text in ("Ana mora aqui.", "Rui não."):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdout.close()
        process.stdin.write(b"Eva\n")
        process.stdin.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(timeout=120) == 0


def test_bad_input_in_one_sentence(seqzoo, tagger_preset, tmp_path):
    (tmp_path / "latin.txt").write_bytes("área".encode("latin-1"))
    ran = seqzoo("predict", tagger_preset, "--file", "latin.txt", cwd=tmp_path)
    check(ran, 1, "latin.txt, line 1", "UTF-8")
    check(seqzoo("predict", "nowhere", "Ana", cwd=tmp_path), 1, "no preset at nowhere")


@pytest.fixture
def shipped(tagger_preset, monkeypatch, tmp_path):
    """A package with which the preset `ner-tiny` ships; the working directory is elsewhere."""
    folder = tmp_path / "package"
    shutil.copytree(tagger_preset, folder / "ner-tiny")
    (folder / "ner-tiny" / "README.md").write_text(
        "# ner-tiny\n\nFinds people; and\nplaces. Well.\n"
    )
    (folder / "exported" / "1").mkdir(parents=True)
    monkeypatch.setattr("seqzoo.zoo.presets.shipped.FOLDER", folder)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return folder


@pytest.mark.slow
def test_a_shipped_preset_goes_by_its_name(shipped, capsys):
    assert list(shipped_presets()) == ["ner-tiny"]
    assert NERTagger.from_preset("ner-tiny").labels == LABELS
    run("ner-tiny", TEXTS[:1])
    assert json.loads(capsys.readouterr().out)["text"] == TEXTS[0]
    list_()
    listed = capsys.readouterr().out
    assert "ner-tiny" in listed
    assert "Finds people " in listed
    info("ner-tiny")
    assert "labels = ['PESSOA', 'LOCAL']" in capsys.readouterr().out


def test_a_folder_of_the_same_name_comes_first(shipped):
    Path("ner-tiny").mkdir()
    with pytest.raises(PresetError, match=r"no task\.json"):
        NERTagger.from_preset("ner-tiny")
