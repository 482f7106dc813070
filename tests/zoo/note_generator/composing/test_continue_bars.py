import keras_nlp
import music21
import pytest

from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    ScoreError,
    bars,
    piano_notes,
)
from seqzoo.zoo.music.writer import write_musicxml
from seqzoo.zoo.note_generator.composing.continue_bars import continue_for_bars
from seqzoo.zoo.note_generator.conditions import Conditions
from seqzoo.zoo.note_generator.prompt import first_bars
from tests.contracts.model_cases import melody
from tests.zoo.music.scores import QUARTER, piano

WALTZ = Conditions(time_signature="3/4")
OPENING = melody([60, 64, 67, 72, 60, 64])  # two bars of 3/4


@pytest.fixture
def task(note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=7))
    return note_maker


@pytest.mark.parametrize(
    ("prompt", "given"), [(OPENING, 2), (melody([60, 64, 67, 72]), 2), (WALTZ, 0), (None, 0)]
)
def test_the_bars_of_the_prompt_and_the_new_ones_are_whole(task, prompt, given, tmp_path):
    score, whole = continue_for_bars(task, prompt, 6, 4096)
    assert whole == 6
    # Silent bars at the end are not written.
    found = bars(score)
    assert given + 1 <= len(found) <= given + 6
    assert score.end() <= found[-1].end
    if given:
        written = [note[:3] for note in piano_notes(prompt)]
        assert [note[:3] for note in piano_notes(score)][: len(written)] == written

    write_musicxml(score, tmp_path / "score.musicxml")
    read = music21.converter.parse(tmp_path / "score.musicxml")
    for part in read.parts:
        measures = list(part.getElementsByClass(music21.stream.Measure))
        quarters = [(bar.end - bar.start) / TICKS_PER_QUARTER for bar in found]
        assert [measure.duration.quarterLength for measure in measures] == quarters


def test_events_that_do_not_suffice_leave_whole_bars_only(task):
    most = 600
    score, whole = continue_for_bars(task, OPENING, 200, most)
    assert 0 < whole < 200
    assert len(bars(score)) <= 2 + whole


def test_not_one_bar_is_an_error(task):
    with pytest.raises(ScoreError, match="No bar is complete after 1 events"):
        continue_for_bars(task, None, 4, 1)


@pytest.mark.parametrize(
    ("notes", "time_signature", "written"),
    [
        # The last note is held through the second bar.
        ([(0, 60, 1), (1, 64, 7)], (4, 4), ["Bar", "Bar", "Bar"]),
        # It ends within the third bar.
        ([(0, 60, 1), (1, 64, 9)], (4, 4), ["Bar", "Bar", "Bar"]),
        # Events have bars of 4/4 there: the piece goes on where the note ends, in the second.
        ([(0, 60, 1), (5, 64, 1.5)], (13, 8), ["Bar", "Bar"]),
        # Longer than any duration that events have.
        ([(0, 60, 20)], (4, 4), ["Bar"] * 6),
    ],
)
def test_a_prompt_reaches_to_the_end_of_its_last_note(task, notes, time_signature, written):
    prompt = piano(*notes, time_signature=time_signature)
    (midi,) = task.preprocessor.raw(prompt)
    names = task.preprocessor.tokenizer.get_vocabulary()
    kinds = [names[i].split("_")[0] for i in task.preprocessor.prompt_ids(midi)]
    assert [kind for kind in kinds if kind == "Bar"] == written
    score, whole = continue_for_bars(task, prompt, 3, 4096)
    assert whole == 3
    given = len(written) - (kinds[-1] == "Bar")
    assert given < len(bars(score)) <= given + 3
    begun = (len(written) - 1) * 4 * QUARTER
    assert all(note.onset >= begun for note in piano_notes(score)[len(notes) :])


def test_no_bars_are_no_request(task):
    with pytest.raises(ValueError, match="count=0"):
        continue_for_bars(task, OPENING, 0, 100)
    with pytest.raises(ValueError, match="count=0"):
        first_bars(OPENING, 0)
