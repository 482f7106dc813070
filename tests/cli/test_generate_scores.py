"""`seqzoo generate` with a note generator: several pieces, notes, forms and chords."""

import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from seqzoo.zoo.music.reader import read_score
from seqzoo.zoo.music.score import bars, has_voice, key_of, piano_notes, song_parts


def generate(seqzoo, workplace, out, *options):
    ran = seqzoo("generate", "run/preset", *options, "--out", out, cwd=workplace)
    assert ran.returncode == 0, ran.stderr
    return ran


def test_several_pieces_are_ranked(seqzoo, workplace):
    options = ("--prompt", "scores/melody-0.mid", "--prompt-bars", 2, "--bars", 2, "--count", 3)
    ran = generate(seqzoo, workplace, "several", *options, "--sampler", "random")
    folder = workplace / "several"
    assert {path.name for path in folder.iterdir()} == {"01", "02", "03", "contact-sheet.png"}
    scores = [read_score(folder / f"0{place}" / "score.mid") for place in (1, 2, 3)]
    prompt = [note[:3] for note in piano_notes(read_score(workplace / "scores/melody-0.mid"))][:6]
    for score in scores:
        assert set(prompt) <= {note[:3] for note in piano_notes(score)}
        assert len(bars(score)) <= 4
    assert len({tuple(piano_notes(score)) for score in scores}) == 3
    for place in (1, 2, 3):
        assert (folder / f"0{place}" / "score-1.svg").exists()
    assert Image.open(folder / "contact-sheet.png").size == (1600, 600)
    rows = re.findall(r"│ (0\d) .* ([\d.]+) +│$", ran.stdout, re.MULTILINE)
    points = [float(row[1]) for row in rows]
    assert [row[0] for row in rows] == ["01", "02", "03"]
    assert points == sorted(points)
    assert "style" in ran.stdout


def test_the_voice_sings_notes_and_chords_are_found(seqzoo, workplace):
    told = ("--key", "E-flat major", "--tempo", 60, "--time-signature", "3/4", "--length", 1)
    notes = ("--notes", "sol4:1 si:1/2 lab mib5:2")
    ran = generate(seqzoo, workplace, "sung", *notes, *told, "--chord-symbols")
    assert "cannot be represented" not in ran.stderr
    score = read_score(workplace / "sung/score.mid")
    assert [note[:3] for note in song_parts(score).voice][:4] == [
        *((0, 67, 480), (480, 71, 720), (720, 68, 960), (960, 75, 1920))
    ]
    assert key_of(score) == (-3, False)
    assert round(score.tempos[0].qpm) == 60
    assert {bar[2:] for bar in bars(score)} == {(3, 4)}
    tree = ET.parse(workplace / "sung/score.musicxml")
    symbols = [harmony.findtext("root/root-step") for harmony in tree.iter("harmony")]
    assert symbols == ["E"]


def test_the_piano_plays_notes_and_what_is_rounded_is_said(seqzoo, workplace):
    notes = ("--notes", "C4+E4:1 D4:1/8 E4:1/8", "--piano-alone", "--bars", 1)
    ran = generate(seqzoo, workplace, "played", *notes)
    assert "2 notes of the prompt cannot be represented" in ran.stderr
    score = read_score(workplace / "played/score.mid")
    assert not has_voice(score)
    assert {(0, 60, 480), (0, 64, 480)} <= {note[:3] for note in piano_notes(score)}


def test_a_form_with_chords_closes_and_shows_them(seqzoo, workplace):
    # Without --key, the key is that of the chords.
    options = ("--form", "aba", "--bars", 2, "--chords", "F7/A Bb", "--time-signature", "2/4")
    ran = generate(seqzoo, workplace, "form", *options, "--complete")
    assert "on the tonic chord of B flat major" in ran.stderr
    score = read_score(workplace / "form/score.mid")
    notes = [(note.onset, note.pitch, note.end) for note in piano_notes(score)]
    sections = [
        [(o - at, p, e - at) for o, p, e in notes if at <= o < at + 1920] for at in (0, 1920, 3840)
    ]
    assert sections[0] == sections[2] != sections[1]
    assert {bar[2:] for bar in bars(score)} == {(2, 4)}
    piano = song_parts(score).piano
    for tick, bass in ((0, 9), (960, 10), (1920, 9), (3840, 9), (4800, 10)):
        assert min(note.pitch for note in piano if note.onset == tick) % 12 == bass
    tree = ET.parse(workplace / "form/score.musicxml")
    roots = [harmony.findtext("root/root-step") for harmony in tree.iter("harmony")]
    assert roots == ["F", "B"] * 3


@pytest.mark.slow
def test_several_ends(seqzoo, workplace):
    options = ("--complete", "--count", 2, "--candidates", 3, "--length", 60)
    ran = generate(seqzoo, workplace, "ends", *options, "--notes", "C4 E4 G4")
    assert re.search(r"^01: .*andidate \d of 3", ran.stderr, re.MULTILINE)
    assert re.search(r"^02: .*andidate \d of 3", ran.stderr, re.MULTILINE)
