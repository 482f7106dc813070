"""Musical statistics of pieces, and the distance between two sets of pieces."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seqzoo.core.extras import name_missing_packages
from seqzoo.training.data.music.pieces import Piece
from seqzoo.zoo.music.cadence import tonic_of
from seqzoo.zoo.music.key_and_spelling import estimated_key
from seqzoo.zoo.music.reader import from_midi
from seqzoo.zoo.music.score import (
    TICKS_PER_QUARTER,
    PianoNote,
    bars,
    key_of,
    piano_notes,
    song_parts,
)

if TYPE_CHECKING:
    import symusic


_OCTAVE = 12
_STEPS_PER_QUARTER = 12
_LONGEST_QUARTERS = 4


class Statistics(NamedTuple):
    """Statistics of a set of pieces.

    Attributes:
        values: For each statistic, an array with one number for each piece that has one.
        histograms: For each statistic, counts over all pieces.
    """

    values: Mapping[str, np.ndarray]
    histograms: Mapping[str, np.ndarray]


def statistics_of(pieces: Sequence[Piece]) -> Statistics:
    """Computes the statistics of pieces, each with at least one note.

    The values: notes per quarter note; the share of notes in the best-fitting scale, the mean
    number of simultaneous notes where any sounds, and the entropy of pitch classes in bits, all
    three by muspy (`scale_consistency`, `polyphony`, `pitch_class_entropy`); the share of bars that
    repeat an earlier bar, note for note; and the lowest and the highest note of the voice, as MIDI
    numbers, for pieces with a voice.

    The histograms: tones above the tonic of the key (estimated if the score has no key signature),
    intervals of the upper voice up to an octave, and durations up to a whole note, in twelfths of
    a quarter note.

    Raises:
        MissingPackageError: If muspy is not installed.
    """
    scores = [from_midi(piece.midi) for piece in pieces]
    notes = [piano_notes(score) for score in scores]
    values = [
        _values(score, found) | _vocal_range(score)
        for score, found in zip(scores, notes, strict=True)
    ]
    names = dict.fromkeys(name for each in values for name in each)
    return Statistics(
        {name: np.array([each[name] for each in values if name in each]) for name in names},
        {
            "tones above the tonic": np.sum([*map(_tones, scores)], axis=0),
            "melodic intervals": np.sum([*map(_intervals, notes)], axis=0),
            "durations": np.sum([*map(_durations, notes)], axis=0),
        },
    )


def distances(first: Statistics, second: Statistics) -> dict[str, float]:
    """Returns the distance of two sets of pieces by statistic, from 0 (equal) to 1.

    For values, it is the Kolmogorov-Smirnov statistic, the greatest difference of the cumulative
    distributions; for histograms, the Jensen-Shannon divergence in bits. Statistics that only one
    set has are left out.
    """
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import ks_2samp

    of_values = {
        name: float(ks_2samp(values, second.values[name]).statistic)
        for name, values in first.values.items()
        if name in second.values
    }
    of_histograms = {
        name: float(jensenshannon(counts, second.histograms[name], base=2) ** 2)
        for name, counts in first.histograms.items()
    }
    return of_values | of_histograms


def _values(score: symusic.Score, notes: Sequence[PianoNote]) -> dict[str, float]:
    with name_missing_packages():
        import muspy
    music = muspy.Music(
        resolution=TICKS_PER_QUARTER,
        tracks=[
            muspy.Track(
                notes=[
                    muspy.Note(note.onset, note.pitch, note.end - note.onset, note.velocity)
                    for note in notes
                ]
            )
        ],
    )
    quarters = (max(note.end for note in notes) - notes[0].onset) / TICKS_PER_QUARTER
    return {
        "notes a quarter": len(notes) / quarters,
        "share in key": muspy.scale_consistency(music),
        "voices at once": muspy.polyphony(music),
        "pitch class entropy": muspy.pitch_class_entropy(music),
        "bars that return": _share_that_returns(score, notes),
    }


def _vocal_range(score: symusic.Score) -> dict[str, float]:
    pitches = [note.pitch for note in song_parts(score).voice]
    if not pitches:
        return {}
    return {"lowest of the voice": min(pitches), "highest of the voice": max(pitches)}


def _share_that_returns(score: symusic.Score, notes: Sequence[PianoNote]) -> float:
    """Returns the share of bars with note onsets that repeat the notes of an earlier bar."""
    starts = [bar.start for bar in bars(score)]
    contents: dict[int, set] = {}
    for note in notes:
        start = starts[bisect.bisect_right(starts, note.onset) - 1]
        contents.setdefault(start, set()).add((note.onset - start, note.pitch, note.end - start))
    return 1 - len(set(map(frozenset, contents.values()))) / len(contents)


def _tones(score: symusic.Score) -> np.ndarray:
    notes = piano_notes(score)
    tonic = tonic_of(key_of(score) or estimated_key(notes))
    return np.bincount([(note.pitch - tonic) % _OCTAVE for note in notes], minlength=_OCTAVE)


def _intervals(notes: Sequence[PianoNote]) -> np.ndarray:
    upper = {note.onset: note.pitch for note in notes}  # by onset, then pitch: the last is highest
    steps = np.diff(list(upper.values())).clip(-_OCTAVE, _OCTAVE)
    return np.bincount(steps + _OCTAVE, minlength=2 * _OCTAVE + 1)


def _durations(notes: Sequence[PianoNote]) -> np.ndarray:
    ticks = np.array([note.end - note.onset for note in notes])
    longest = _LONGEST_QUARTERS * _STEPS_PER_QUARTER
    steps = np.rint(ticks * _STEPS_PER_QUARTER / TICKS_PER_QUARTER).astype(int)
    return np.bincount(steps.clip(1, longest), minlength=longest + 1)
