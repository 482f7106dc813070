import keras_nlp
import music21
import pytest

from seqzoo.zoo.note_generator.bar_limit import continue_for
from seqzoo.zoo.note_generator.conditions import Conditions
from seqzoo.zoo.note_generator.piano_score import (
    TICKS_PER_QUARTER,
    ScoreError,
    bars,
    piano_notes,
)
from seqzoo.zoo.note_generator.score_writer import write_musicxml
from tests.contracts.model_cases import melody

WALTZ = Conditions(metre="3/4")
OPENING = melody([60, 64, 67, 72, 60, 64])  # two bars of 3/4


@pytest.fixture
def task(note_maker):
    note_maker.compile(sampler=keras_nlp.samplers.RandomSampler(seed=7))
    return note_maker


@pytest.mark.parametrize(
    ("opening", "given"), [(OPENING, 2), (melody([60, 64, 67, 72]), 2), (WALTZ, 0), (None, 0)]
)
def test_the_bars_of_the_opening_and_the_new_ones_are_whole(task, opening, given, tmp_path):
    score, whole = continue_for(task, opening, 6, 4096)
    assert whole == 6
    # Silent bars at the end are not written.
    found = bars(score)
    assert given + 1 <= len(found) <= given + 6
    assert score.end() <= found[-1].end
    if given:
        written = [note[:3] for note in piano_notes(opening)]
        assert [note[:3] for note in piano_notes(score)][: len(written)] == written

    write_musicxml(score, tmp_path / "score.musicxml")
    read = music21.converter.parse(tmp_path / "score.musicxml")
    for part in read.parts:
        measures = list(part.getElementsByClass(music21.stream.Measure))
        quarters = [(bar.end - bar.start) / TICKS_PER_QUARTER for bar in found]
        assert [measure.duration.quarterLength for measure in measures] == quarters


def test_events_that_do_not_suffice_leave_whole_bars_only(task):
    most = 600
    score, whole = continue_for(task, OPENING, 200, most)
    assert 0 < whole < 200
    assert len(bars(score)) <= 2 + whole


def test_not_one_bar_is_an_error(task):
    with pytest.raises(ScoreError, match="No bar is whole after 1 events"):
        continue_for(task, None, 4, 1)
