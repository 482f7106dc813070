import numpy as np
import pytest
import symusic

from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.note_generator.statistics import distances, statistics_of
from seqzoo.zoo.music.reader import to_midi
from tests.zoo.music.scores import piano


def piece(*notes):
    return Piece("piece", to_midi(piano(*notes)))


SCALE = [60, 62, 64, 65, 67, 69, 71, 72]
MELODY = piece(*((i, pitch, 1) for i, pitch in enumerate(SCALE)))
CHORDS = piece(*((i, pitch, 2) for i in (0, 2, 4, 6) for pitch in (48, 64, 67)))
CHROMATIC = piece(*((i / 2, 60 + i, 0.5) for i in range(13)))


def test_values_of_a_scale():
    values = {name: value[0] for name, value in statistics_of([MELODY]).values.items()}
    assert values["notes a quarter"] == 1
    assert values["share in key"] == 1
    assert values["voices at once"] == 1
    # Seven tones, one of them twice.
    shares = np.array([2, *[1] * 6]) / 8
    np.testing.assert_allclose(values["pitch class entropy"], -np.sum(shares * np.log2(shares)))


def test_values_of_chords():
    values = statistics_of([MELODY, CHORDS]).values
    np.testing.assert_allclose(values["notes a quarter"], [1, 1.5])
    np.testing.assert_allclose(values["voices at once"], [1, 3])
    np.testing.assert_allclose(values["pitch class entropy"][1], np.log2(3))
    # The scale takes two bars that differ; of two bars of chords, the second repeats the first.
    np.testing.assert_allclose(values["bars that return"], [0, 0.5])


def test_the_share_in_key():
    # Of thirteen chromatic notes from C to C, a major scale holds eight.
    np.testing.assert_allclose(statistics_of([CHROMATIC]).values["share in key"], 8 / 13)


def test_the_vocal_range_of_a_voice():
    song = piano((0, 40, 4), (0, 84, 4))
    song.tracks.append(symusic.Track(name="Voice", program=52))
    for onset, pitch in enumerate([62, 57, 69]):
        song.tracks[1].notes.append(symusic.Note(480 * onset, 480, pitch, 80))
    values = statistics_of([MELODY, Piece("song", to_midi(song))]).values
    assert values["lowest of the voice"].tolist() == [57]
    assert values["highest of the voice"].tolist() == [69]
    assert len(values["notes a quarter"]) == 2


def test_sets_without_a_voice_are_not_compared_by_it():
    assert "lowest of the voice" not in distances(statistics_of([MELODY]), statistics_of([CHORDS]))


def test_histograms():
    histograms = statistics_of([MELODY]).histograms
    assert histograms["tones above the tonic"].tolist() == [2, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]
    assert histograms["melodic intervals"].nonzero()[0].tolist() == [12 + 1, 12 + 2]
    assert histograms["melodic intervals"].sum() == 7
    assert histograms["durations"].nonzero()[0].tolist() == [12]


def test_the_upper_voice_makes_the_intervals():
    intervals = statistics_of([CHORDS]).histograms["melodic intervals"]
    assert (intervals[12], intervals.sum()) == (3, 3)


def test_a_set_is_not_apart_from_itself_in_another_key():
    pieces = [MELODY, CHORDS]
    apart = distances(statistics_of(pieces), statistics_of([p.transposed(5) for p in pieces]))
    np.testing.assert_allclose(list(apart.values()), 0, atol=1e-9)


def test_sets_that_have_nothing_in_common_are_one_apart():
    apart = distances(statistics_of([MELODY]), statistics_of([CHORDS]))
    for name in ("voices at once", "notes a quarter", "melodic intervals", "durations"):
        assert apart[name] == pytest.approx(1)
    assert 0 < apart["tones above the tonic"] < 1
