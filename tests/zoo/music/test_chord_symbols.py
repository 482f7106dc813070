import xml.etree.ElementTree as ET

import music21
import pytest
import symusic

from seqzoo.zoo.music.chord_symbols import (
    ChordError,
    PlacedChord,
    analysed_chords,
    key_of_progression,
    parsed_chord,
    parsed_progression,
)
from seqzoo.zoo.music.engraving import write_pages
from seqzoo.zoo.music.reader import read_score
from seqzoo.zoo.music.score import Key
from seqzoo.zoo.music.writer import write_musicxml
from tests.zoo.music.scores import heard, piano


@pytest.mark.parametrize(
    ("name", "tones", "bass"),
    [
        ("C", {0, 4, 7}, 0),
        ("Bb", {10, 2, 5}, 10),
        ("Bb7", {10, 2, 5, 8}, 10),
        ("F#m7b5", {6, 9, 0, 4}, 6),
        ("Ebm/Gb", {3, 6, 10}, 6),
        ("C/D", {0, 2, 4, 7}, 2),
        ("Gsus4", {7, 0, 2}, 7),
        ("B♭dim", {10, 1, 4}, 10),
    ],
)
def test_symbols_are_read(name, tones, bass):
    chord = parsed_chord(name)
    assert (chord.name, chord.tones, chord.bass) == (name, tones, bass)


@pytest.mark.parametrize("name", ["H", "c", "Cfoo", "C/H", "N.C.", "7", "C(", "\x00", "D-7"])
def test_what_is_no_symbol_is_named(name):
    with pytest.raises(ChordError) as raised:
        parsed_progression(f"C {name}")
    assert repr(name) in str(raised.value)


@pytest.mark.parametrize(
    ("text", "bars"),
    [
        ("C G Am F", [["C"], ["G"], ["Am"], ["F"]]),
        (" C  G | Am|F ", [["C", "G"], ["Am"], ["F"]]),
        ("| C |", [["C"]]),
    ],
)
def test_bars_are_divided(text, bars):
    assert [[chord.name for chord in bar] for bar in parsed_progression(text)] == bars


@pytest.mark.parametrize(
    ("text", "word"), [("", "no chord"), ("C || G", "Bar 2"), ("|", "no chord")]
)
def test_empty_bars_are_refused(text, word):
    with pytest.raises(ChordError, match=word):
        parsed_progression(text)


def test_the_key_of_chords():
    assert key_of_progression(parsed_progression("D A Bm G")) == Key(2, is_minor=False)
    assert key_of_progression(parsed_progression("Cm Fm G7 Cm")) == Key(-3, is_minor=True)


def chords_of(*bars):
    """A score whose bars begin with these chords, and the symbols of its bars."""
    score = piano(*((4 * i, pitch, 4) for i, pitches in enumerate(bars) for pitch in pitches))
    score.key_signatures.append(symusic.KeySignature(0, 0, 0))
    return [(chord.onset // 1920, chord.name) for chord in analysed_chords(score)]


def test_the_chord_of_a_bar_is_the_one_that_sounds_longest():
    assert chords_of([48, 64, 67], [47, 62, 67, 77], [45, 60, 64], [45, 64, 72], [41, 57, 60]) == [
        (0, "C"),
        (1, "G7/B"),
        (2, "Am"),
        (4, "F"),
    ]
    assert chords_of([60, 61, 62], [60]) == []
    # Passing notes do not count.
    score = piano((0, 48, 4), (0, 64, 4), (0, 67, 3), (3, 69, 0.5), (3.5, 71, 0.5))
    assert [chord.name for chord in analysed_chords(score)] == ["C"]
    # An added sixth does not name the chord by another root.
    sixth = piano((0, 48, 4), (0, 64, 4), (0, 67, 4), (2, 69, 2))
    assert [chord.name for chord in analysed_chords(sixth)] == ["C"]


def test_symbols_stand_in_the_file_at_their_beat(tmp_path):
    score = piano((0, 60, 4), (4, 62, 1), (5, 64, 3))
    placed = [(0, "C"), (1920, "Dm7/F"), (1920 + 960, "Bb")]
    chords = [PlacedChord(*chord) for chord in placed]
    plain, written = tmp_path / "plain.musicxml", tmp_path / "chords.musicxml"
    write_musicxml(score, plain)
    write_musicxml(score, written, chords=chords)
    found = [
        (symbol.getOffsetInHierarchy(part), symbol.figure)
        for part in music21.converter.parse(written).parts
        for symbol in part.recurse().getElementsByClass(music21.harmony.ChordSymbol)
    ]
    assert found == [(0, "C"), (4, "Dm7/F"), (6, "B-")]
    assert len(ET.parse(written).findall("part/measure/harmony")) == 3
    # Nothing else changes.
    assert heard(read_score(written)) == heard(read_score(plain))
    without = ET.parse(written).getroot()
    for measure in without.iter("measure"):
        for harmony in measure.findall("harmony"):
            measure.remove(harmony)
    tags = [[each.tag for each in tree.iter()] for tree in (without, ET.parse(plain).getroot())]
    assert tags[0] == tags[1]


def test_symbols_are_engraved(tmp_path):
    score = piano((0, 60, 4), (4, 62, 4))
    (page,) = write_pages(score, tmp_path / "score.svg", chords=[PlacedChord(1920, "Dm7")])
    assert page.read_text().count('class="harm') == 1
