"""Bad input: one clear sentence, the right exit status, nothing left behind."""

import os
import shutil

import pytest

from seqzoo.zoo.music.reader import read_score
from tests.cli.conftest import TRAIN, as_program, run_program
from tests.zoo.music.scores import piano


def check(ran, status, *words):
    """One sentence on standard error, with these words, and the exit status."""
    assert ran.returncode == status, ran.stderr
    sentence = ran.stderr.splitlines()[-1]
    assert sentence.startswith("seqzoo: "), ran.stderr
    assert "Traceback" not in ran.stderr
    for word in words:
        assert word in sentence


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["train", "translator", "--data", "scores"], 2, ["no model 'translator'"]),
        (["train", "note-generator"], 2, ["names no data"]),
        (["train"], 2, ["Name a model"]),
        (["train", "note-generator", "--data", "nowhere"], 1, ["no folder 'nowhere'"]),
        (["train", "--recipe", "nowhere.json"], 2, ["nowhere.json"]),
        (["train", "note-generator", "--data", "scores", "--cell", "gnu"], 2, ["gnu", "gru"]),
        (["generate", "run/preset", "--length", "0"], 2, ["between 1 and 4096, not 0"]),
        (["generate", "run/preset", "--length", "4097"], 2, ["not 4097"]),
        (["generate", "run/preset", "--temperature", "0"], 2, ["--temperature", "greedy"]),
        (["generate", "run/preset", "--sampler", "best"], 2, ["no sampler 'best'"]),
        (["generate", "run/preset", "--stream"], 2, ["leave out --out"]),
        (["generate", "run/preset", "--bars", "2", "--stream"], 2, ["--bars and --stream"]),
        (["generate", "run/preset", "--endless", "--complete"], 2, ["--complete and --endless"]),
        (["generate", "run/preset", "--bars", "2", "--sampler", "beam"], 2, ["--bars needs"]),
        (["generate", "run/preset", "--harmonise"], 2, ["--harmonise needs a voice"]),
        (["generate", "x", "--voice-track", "2", "--out", "y"], 2, ["name a score by --prompt"]),
        (
            ["generate", "run/preset", "--prompt", "a.mid", "--harmonise", "--length", "9"],
            *(2, ["leave out --length"]),
        ),
        (
            ["generate", "x", "--prompt", "a.mid", "--harmonise", "--vocal-range", "60", "72"],
            *(2, ["leave out --vocal-range"]),
        ),
        (
            ["generate", "x", "--piano-alone", "--vocal-range", "60", "72"],
            2,
            ["leave out --vocal-range"],
        ),
        # It is said before the preset is loaded, which takes time.
        (["generate", "x", "--vocal-range", "79", "60"], 2, ["lowest and the highest note"]),
        (["generate", "run/preset", "--key", "H major"], 2, ["no key 'H major'", "G major"]),
        (
            ["generate", "run/preset", "--time-signature", "13/8"],
            2,
            ["no time signature '13/8'", "3/4"],
        ),
        (["generate", "run/preset", "--tempo", "nan"], 2, ["tempo must be above 0"]),
        (
            ["generate", "run/preset", "--key", "C major", "--prompt", "scores/melody-0.mid"],
            *(2, ["A prompt has its own key"]),
        ),
        (["generate", "run/preset", "--notes", "G4 H4"], 2, ["Note 2, 'H4',"]),
        (["generate", "x", "--notes", "G4", "--prompt", "a.mid"], 2, ["--notes and --prompt"]),
        (
            ["generate", "run/preset", "--notes", "C4+E4"],
            2,
            ["sings one note at a time", "--piano-alone"],
        ),
        (
            ["generate", "run/preset", "--notes", "C4", "--time-signature", "5/2"],
            2,
            ["'5/2'", "3/4"],
        ),
        (["generate", "run/preset", "--chords", "C Hm"], 2, ["no chord 'Hm'"]),
        (["generate", "x", "--chords", "C", "--chord-symbols"], 2, ["leave out --chord-symbols"]),
        (
            ["generate", "x", "--prompt", "a.mid", "--harmonise", "--chords", "C"],
            *(2, ["leave out --chords"]),
        ),
        (
            ["generate", "x", "--notes", "C4", "--piano-alone", "--harmonise"],
            *(2, ["leave out --piano-alone"]),
        ),
        (
            ["generate", "run/preset", "--chords", "C G Am | F", "--time-signature", "2/4"],
            *(2, ["Bar 1", "2/4 has 2 beats"]),
        ),
        (["generate", "x", "--form", "AABA"], 2, ["--form needs", "--bars"]),
        (["generate", "x", "--form", "A1", "--bars", "4"], 2, ["row of letters", "'A1'"]),
        (["generate", "x", "--form", "AB", "--bars", "4", "--endless"], 2, ["leave out --endless"]),
        (
            ["generate", "x", "--form", "AB", "--bars", "4", "--metre-changes"],
            *(2, ["leave out --metre-changes"]),
        ),
        (
            ["generate", "x", "--form", "AB", "--bars", "4", "--complete", "--sampler", "beam"],
            *(2, ["--form needs a sampler"]),
        ),
        (["generate", "x", "--form", "AB", "--harmonise"], 2, ["--form and --harmonise"]),
        (
            [
                *("generate", "run/preset", "--form", "AB", "--bars", "1", "--prompt-bars", "2"),
                *("--prompt", "scores/melody-0.mid"),
            ],
            *(2, ["2 bars, more than the 1 of a section"]),
        ),
        (["generate", "x", "--count", "2", "--sampler", "greedy"], 2, ["the same piece"]),
        (
            ["generate", "x", "--count", "20", "--complete"],
            *(2, ["20 pieces among 16 candidates", "--candidates 20"]),
        ),
        (["generate", "run/preset", "--sound-font", "no.sf2"], 2, ["no sound font no.sf2"]),
        (["generate", "nowhere"], 1, ["no preset at nowhere"]),
        (["generate", "run"], 1, ["no task.json"]),
        (["generate", "run/preset", "--prompt", "nowhere.mid"], 1, ["nowhere.mid"]),
        (["generate", "run/preset", "--prompt", "scores/broken.mid"], 1, ["broken.mid"]),
        (["generate", "run/preset", "--prompt", "scores"], 1, ["scores is a folder"]),
        (
            ["generate", "run/preset", "--prompt", "haydn/opus74no1"],
            *(1, ["4 files", "'haydn/opus74no1'", "movement1.mxl"]),
        ),
    ],
)
def test_bad_requests(seqzoo, workplace, arguments, status, words):
    check(seqzoo(*arguments, "--out", "failed", cwd=workplace), status, *words)
    assert not (workplace / "failed").exists()


def test_pieces_of_an_earlier_command_do_not_stay_among_new_ones(seqzoo, tmp_path):
    (tmp_path / "music/09").mkdir(parents=True)
    ran = seqzoo("generate", "x", "--count", "8", "--out", "music", cwd=tmp_path)
    check(ran, 2, "music has 9 pieces of an earlier command", "name another folder")


def test_a_stream_is_one_piece_without_a_score(seqzoo, workplace):
    stream = ("generate", "run/preset", "--stream")
    check(seqzoo(*stream, "--count", 2, cwd=workplace), 2, "leave out --count")
    check(seqzoo(*stream, "--chord-symbols", cwd=workplace), 2, "leave out --chord-symbols")


def test_a_score_needs_a_folder(seqzoo, workplace):
    check(seqzoo("generate", "run/preset", cwd=workplace), 2, "--out", "--stream")


def test_a_tagger_composes_nothing(seqzoo, workplace):
    check(seqzoo("generate", "ner-lener-br", "--stream", cwd=workplace), 2, "composes nothing")


def test_unknown_names(seqzoo, workplace):
    check(seqzoo("info", "nothing", cwd=workplace), 2, "'nothing'", "seqzoo list")
    arguments = ("evaluate", "run/preset", "--data", "scores", "--split", "dev")
    check(seqzoo(*arguments, cwd=workplace), 2, "no split 'dev'")


def test_a_score_without_notes(seqzoo, workplace):
    silent = workplace / "silent.musicxml"
    silent.write_text(
        '<?xml version="1.0"?><score-partwise><part-list><score-part id="P1"><part-name>x'
        '</part-name></score-part></part-list><part id="P1"><measure number="1"><note><rest/>'
        "<duration>4</duration></note></measure></part></score-partwise>"
    )
    arguments = ("generate", "run/preset", "--prompt", silent.name, "--out", "failed")
    check(seqzoo(*arguments, cwd=workplace), 1, "silent.musicxml", "no notes")


def test_a_prompt_that_begins_with_silence(seqzoo, workplace):
    (workplace / "late.mid").write_bytes(piano((9, 60, 1)).dumps_midi())
    arguments = ("generate", "run/preset", "--prompt", "late.mid", "--prompt-bars", 2)
    check(seqzoo(*arguments, "--out", "failed", cwd=workplace), 2, "2 bars", "--prompt-bars")


@pytest.mark.slow
def test_truncated_weights(workplace, tmp_path):
    preset = shutil.copytree(workplace / "run/preset", tmp_path / "preset")
    os.truncate(preset / "model.weights.h5", 5000)
    ran = run_program("export", preset, "--name", "notes", "--out", "served", cwd=tmp_path)
    check(ran, 1, "damaged or incomplete")
    assert not (tmp_path / "served").exists()


def test_preset_of_another_model(seqzoo, workplace, tmp_path):
    preset = shutil.copytree(workplace / "run/preset", tmp_path / "preset")
    config = (preset / "task.json").read_text()
    (preset / "task.json").write_text(config.replace('seqzoo>NoteGenerator"', 'seqzoo>Other"'))
    ran = seqzoo("evaluate", preset, "--data", workplace / "scores", cwd=tmp_path)
    check(ran, 1, "seqzoo>Other")


def test_a_run_of_another_recipe(seqzoo, workplace):
    check(seqzoo(*TRAIN, "--seed", 9, "--out", "run", cwd=workplace), 1, "another recipe")


@pytest.mark.representative("20000-program")
@as_program
@pytest.mark.slow
@pytest.mark.parametrize("file_limit", [1_000, 20_000, 60_000])
def test_a_full_disk_while_training(seqzoo, workplace, file_limit):
    ran = seqzoo(*TRAIN, "--out", f"full-{file_limit}", cwd=workplace, file_limit=file_limit)
    check(ran, 1, "no room left to write in", f"full-{file_limit}")
    left = {path.name for path in (workplace / f"full-{file_limit}").iterdir()}
    assert left <= {"recipe.json", "preset"}
    again = seqzoo(*TRAIN, "--out", f"full-{file_limit}", cwd=workplace)
    assert again.returncode == 0, again.stderr


@pytest.mark.representative("60000-program")
@as_program
@pytest.mark.slow
@pytest.mark.parametrize("file_limit", [1_000, 60_000, 1_000_000])
def test_a_full_disk_while_exporting(seqzoo, workplace, file_limit):
    ran = seqzoo(
        *("export", "run/preset", "--name", "m", "--out", "full-export"),
        cwd=workplace,
        file_limit=file_limit,
    )
    check(ran, 1, "no room left to write in", "full-export")
    assert not any((workplace / "full-export").iterdir())


@as_program
@pytest.mark.slow
def test_a_full_disk_while_writing_a_score(seqzoo, workplace):
    ran = seqzoo("generate", "run/preset", "--out", "full-score", cwd=workplace, file_limit=100)
    check(ran, 1, "no room left to write in", "full-score")
    # The MIDI file is small enough to be written, and then it is whole.
    left = list((workplace / "full-score").iterdir())
    assert [path.name for path in left] in ([], ["score.mid"])
    assert all(read_score(path) for path in left)
