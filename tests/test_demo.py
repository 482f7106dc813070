"""The demo, as `make demo` runs it: real music, from the scores to the proven export."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from music21.corpus import getWork

from seqzoo.zoo.music.reader import read_score
from seqzoo.zoo.music.score import piano_notes

CHECKOUT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What the demo leaves and what it prints; the data sets are prepared again."""
    runs = tmp_path_factory.mktemp("runs")
    programs = tmp_path_factory.mktemp("environment")
    # The demo's programs are those of this environment.
    (programs / "bin").symlink_to(Path(sys.executable).parent)
    (programs / "installed").touch()
    ran = subprocess.run(
        ["make", "demo", f"RUNS={runs}", f"VENV={programs}"],
        cwd=CHECKOUT,
        env={**os.environ, "TFDS_DATA_DIR": str(runs / "data")},
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert ran.returncode == 0, ran.stderr
    return runs / "demo", ran.stdout


def test_it_beats_the_baselines_clearly(demo):
    _, printed = demo
    unigram, bigram, five_gram, model = (
        float(re.search(rf"{name}\S* *│ *([\d.]+)", printed).group(1))
        for name in ("unigram", "bigram", "5-gram", "model")
    )
    assert model < 0.75 * bigram < 0.75 * unigram
    assert model < 0.9 * five_gram


def test_it_continues_the_lindenbaum(demo):
    folder, _ = demo
    prompt = read_score(getWork("schubert/Lindenbaum"))
    for name in ("score.mid", "score.musicxml"):
        continued = read_score(folder / "lindenbaum" / name)
        assert len(piano_notes(continued)) > 200
        # Eight bars were given.
        assert continued.end() > 12 * 3 * 480
        assert continued.tracks[0].notes[0].pitch == prompt.tracks[0].notes[0].pitch
    assert (folder / "lindenbaum" / "score.png").stat().st_size > 10_000


def test_it_proves_the_export(demo):
    folder, _ = demo
    version = folder / "saved_models" / "note-generator" / "1"
    report = json.loads((version / "parity.json").read_text())
    assert all(c["difference"] <= c["tolerance"] for c in report["comparisons"])
    assert (version.parent.parent / "note-generator.tflite").exists()
    assert (folder / "curves.png").exists()
