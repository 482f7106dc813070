import json
import os
import statistics
import subprocess
import sys

import pytest

from seqzoo.zoo.note_generator.score_reader import read_score
from tests.cli.conftest import TRAIN, as_program


def test_help_is_instant():
    """A fraction of a second of the processor, however many programs share the machine."""

    def seconds():
        before = os.times()
        subprocess.run([sys.executable, "-m", "seqzoo", "--help"], check=True, capture_output=True)
        after = os.times()
        return sum(
            getattr(after, part) - getattr(before, part)
            for part in ("children_user", "children_system")
        )

    script = "import sys, seqzoo.cli.app; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"tensorflow", "keras", "numpy", "music21", "matplotlib"} & set(modules)
    assert statistics.median(seconds() for _ in range(3)) < 1


def test_list_names_models_and_data(seqzoo, tmp_path):
    listed = seqzoo("list", cwd=tmp_path).stdout
    for name in ("note-generator", "bach-chorales", "schubert-lindenbaum", "ner", "lener-br"):
        assert f" {name} " in listed


def test_info_on_a_model_a_data_set_and_a_preset(seqzoo, workplace):
    assert "peephole_lstm" in seqzoo("info", "note-generator", cwd=workplace).stdout
    assert "passage_words = 96" in seqzoo("info", "ner", cwd=workplace).stdout
    assert "Brazilian legal text" in seqzoo("info", "lener-br", cwd=workplace).stdout
    assert "Lindenbaum" in seqzoo("info", "schubert-lindenbaum", cwd=workplace).stdout
    preset = seqzoo("info", "run/preset", cwd=workplace).stdout
    assert "units = 12" in preset
    assert "score: token_ids int32(None, None)" in preset


def test_train_leaves_a_run_and_names_what_it_skipped(seqzoo, workplace):
    ran = seqzoo(*TRAIN, "--out", "other", cwd=workplace)
    assert ran.stdout.splitlines() == [
        "Preset: other/preset",
        "Recipe, metrics and curves: other",
    ]
    assert "broken.mid" in ran.stderr
    assert "Skipped 1 files in all" in ran.stderr
    assert (workplace / "other/preset/model.weights.h5").exists()


def test_evaluate_prints_a_table_or_json(seqzoo, workplace):
    arguments = ("evaluate", "run/preset", "--data", "scores")
    assert "bigram" in seqzoo(*arguments, cwd=workplace).stdout
    result = json.loads(seqzoo(*arguments, "--part", "train", "--json", cwd=workplace).stdout)
    assert result["part"] == "train"
    assert result["pieces"] == 6
    assert result["bigram"] < result["unigram"]


def test_generate_continues_an_opening_and_keeps_it(seqzoo, workplace):
    arguments = ("generate", "run/preset", "--opening", "scores/melody-0.mid")
    ran = seqzoo(*arguments, "--opening-bars", 2, "--length", 40, "--out", "music", cwd=workplace)
    assert ran.returncode == 0, ran.stderr
    assert sorted(path.name for path in (workplace / "music").iterdir()) == [
        "score.mid",
        "score.musicxml",
        "score.png",
    ]
    opening = _notes(workplace / "scores/melody-0.mid")[:6]
    for name in ("score.mid", "score.musicxml"):
        assert set(opening) < set(_notes(workplace / "music" / name))


def _notes(path):
    return [(n.time, n.pitch, n.duration) for n in read_score(path).tracks[0].notes]


@as_program
@pytest.mark.slow
def test_generate_repeats_under_a_seed(seqzoo, workplace):
    def music(seed):
        ran = seqzoo(
            *("generate", "run/preset", "--seed", seed, "--length", 30, "--sampler", "random"),
            *("--out", f"seed-{seed}"),
            cwd=workplace,
        )
        assert ran.returncode == 0, ran.stderr
        return (workplace / f"seed-{seed}" / "score.mid").read_bytes()

    assert music(1) == music(1)
    assert music(1) != music(2)


@pytest.fixture(scope="module")
def served(seqzoo, workplace):
    """What the command prints; the files are in the folder `served`."""
    ran = seqzoo("export", "run/preset", "--name", "notes", "--out", "served", cwd=workplace)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_export_prints_the_parity_table(workplace, served):
    for word in ("C runtime", "TFLite", "log_probability", "served/notes/1"):
        assert word in served
    assert (workplace / "served/notes.tflite").exists()


@as_program
@pytest.mark.slow
def test_a_quantized_export_says_what_it_costs(seqzoo, workplace):
    ran = seqzoo(
        *("export", "run/preset", "--tflite", "--quantize", "int8", "--data", "scores"),
        *("--out", "phone"),
        cwd=workplace,
    )
    assert ran.returncode == 0, ran.stderr
    assert {path.name for path in (workplace / "phone").iterdir()} == {
        "run-int8.tflite",
        "run-int8.parity.json",
    }
    for runtime in ("Keras", "TFLite"):
        assert f"nats per event on the test part, {runtime}: " in ran.stdout


def test_inspect_says_what_is_in_a_file(seqzoo, workplace, served):
    shown = seqzoo("inspect", "served/notes.tflite", cwd=workplace).stdout
    for word in ("generate", "int32 (?, ?)", "WHILE", "vocabulary.txt", "kB"):
        assert word in shown
    found = json.loads(seqzoo("inspect", "served/notes/1", "--json", cwd=workplace).stdout)
    assert found["kind"] == "SavedModel"
    assert found["signatures"]["score"]["inputs"] == {"token_ids": "int32 (?, ?)"}
