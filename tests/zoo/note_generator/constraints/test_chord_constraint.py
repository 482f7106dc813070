import keras_nlp
import pytest

from seqzoo.zoo.music.chord_symbols import ChordError, parsed_progression
from seqzoo.zoo.music.score import bars, song_parts
from seqzoo.zoo.note_generator.composing.continue_bars import continuations_for_bars
from seqzoo.zoo.note_generator.conditions import Conditions
from seqzoo.zoo.note_generator.constraints.chord_constraint import (
    ChordPlan,
    continued_chords,
    placed_chords,
)
from tests.contracts.model_cases import melody

# Pitch classes by symbol, written out.
TONES = {
    "C": {0, 4, 7},
    "G/B": {11, 2, 7},
    "Am7": {9, 0, 4, 7},
    "F#dim": {6, 9, 0},
    "Bb": {10, 2, 5},
}
BASSES = {"C": 0, "G/B": 11, "Am7": 9, "F#dim": 6, "Bb": 10}
TEXT = "C | G/B Am7 | F#dim | Bb C"


@pytest.fixture
def task(note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=5))
    yield note_maker
    note_maker.chord_plan = None


def check(score, sounding, first_bar=0):
    """`sounding` are the symbols at the beats of each bar of the progression."""
    piano = song_parts(score).piano
    for number, bar in enumerate(bars(score)[first_bar:]):
        names = sounding[number % len(sounding)]
        beat = (bar.end - bar.start) // len(names)
        for index, name in enumerate(names):
            tick = bar.start + index * beat
            begun = [note.pitch for note in piano if note.onset == tick]
            assert {pitch % 12 for pitch in begun} <= TONES[name]
            if index == 0 or names[index - 1] != name:
                held = [note.pitch for note in piano if note.onset <= tick < note.end]
                assert begun
                assert min(begun) % 12 == min(held) % 12 == BASSES[name]
    return len(piano)


@pytest.mark.parametrize(
    ("time_signature", "sounding", "key"),
    [
        (
            *("4/4", [["C"] * 4, ["G/B"] * 2 + ["Am7"] * 2, ["F#dim"] * 4, ["Bb"] * 2 + ["C"] * 2]),
            "C major",
        ),
        ("3/4", [["C"] * 3, ["G/B"] * 2 + ["Am7"], ["F#dim"] * 3, ["Bb"] * 2 + ["C"]], "B minor"),
        ("6/8", [["C"] * 2, ["G/B", "Am7"], ["F#dim"] * 2, ["Bb", "C"]], "E-flat major"),
    ],
)
def test_the_piano_plays_the_chords(task, time_signature, sounding, key):
    conditions = Conditions(key=key, time_signature=time_signature, voice=key != "C major")
    task.chord_plan = continued_chords(task, conditions, parsed_progression(TEXT))
    notes, off_beat = 0, set()
    for score, whole in continuations_for_bars(task, conditions, 4, 4096, 3):
        assert whole == 4
        notes += check(score, sounding)
        off_beat |= {note.pitch % 12 for note in song_parts(score).piano if note.onset % 480}
    assert notes > 50
    assert len(off_beat) > 9  # all other notes are free


def test_chords_begin_with_the_first_new_bar(task):
    prompt = melody([61, 63, 66, 61, 63])  # five quarters of 3/4, none of them in the chord
    task.chord_plan = continued_chords(task, prompt, parsed_progression("C Bb"))
    assert task.chord_plan.first_bar == 2
    ((score, _),) = continuations_for_bars(task, prompt, 4, 4096, 1)
    check(score, [["C"] * 3, ["Bb"] * 3], first_bar=2)


@pytest.mark.slow
def test_every_way_of_generation_keeps_the_chords(task):
    conditions = Conditions(key="D major", voice=False)
    task.chord_plan = ChordPlan(parsed_progression("C"))
    generated = task.generate(conditions, max_length=120, stop_token_ids=None)
    streamed = [event.note for event in task.stream(conditions, True, 120) if event.note]
    for notes in (
        [(note.time / 480, note.pitch) for note in generated.tracks[0].notes],
        [(note.onset, note.pitch) for note in streamed],
    ):
        on_beat = {pitch % 12 for onset, pitch in notes if onset % 1 == 0}
        assert len(notes) > 20
        assert on_beat <= TONES["C"]
    task.chord_plan = None
    free = task.generate(conditions, max_length=400, stop_token_ids=None)
    assert {n.pitch % 12 for n in free.tracks[0].notes if n.time % 480 == 0} - TONES["C"]


def test_symbols_stand_at_the_beats_of_their_chords():
    score = melody([60] * 12)
    plan = ChordPlan(parsed_progression("C | G/B Am7"), first_bar=1)
    assert placed_chords(plan, score) == [
        *((1440, "C"), (2880, "G/B"), (2880 + 960, "Am7"), (4320, "C"))
    ]


def test_more_chords_than_beats_are_refused(task):
    conditions = Conditions(time_signature="6/8")
    with pytest.raises(ChordError, match=r"Bar 2 .* has 3 of them, and a bar of 6/8 has 2 beats"):
        continued_chords(task, conditions, parsed_progression("C | F G C"))
