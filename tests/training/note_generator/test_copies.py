import itertools

import numpy as np
import pytest

from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.note_generator.copies import longest_shared_runs
from seqzoo.zoo.music.reader import from_midi, to_midi
from tests.zoo.music.scores import piano


def piece(notes, name="piece"):
    """Notes (onset, pitch) in quarter notes, each half a quarter long."""
    return Piece(name, to_midi(piano(*((onset, pitch, 0.5) for onset, pitch in notes))))


def steps(piece):
    notes = sorted((note.time, note.pitch) for note in from_midi(piece.midi).tracks[0].notes)
    return [
        (after[0] - before[0], after[1] - before[1]) for before, after in itertools.pairwise(notes)
    ]


def brute_force(query, known):
    """Every run of every length, one after the other."""
    mine = steps(query)
    longest = 0
    for other in map(steps, known):
        for i in range(len(mine)):
            for j in range(len(other)):
                length = 0
                while (
                    i + length < len(mine)
                    and j + length < len(other)
                    and mine[i + length] == other[j + length]
                ):
                    length += 1
                longest = max(longest, length)
    return longest + 1


@pytest.mark.parametrize("seed", range(5))
def test_runs_are_as_long_as_brute_force_finds_them(seed):
    """Of melodies over a few steps, in which long runs return by chance."""
    rng = np.random.default_rng(seed)

    def random_piece():
        onsets = np.cumsum(rng.choice([1, 2], rng.integers(1, 60)))
        return piece(zip(onsets, 60 + rng.choice([0, 2, 7], len(onsets)), strict=True))

    known, queries = [random_piece() for _ in range(6)], [random_piece() for _ in range(6)]
    found = [run.notes for run in longest_shared_runs(queries, known)]
    assert found == [brute_force(query, known) for query in queries]
    assert len(set(found)) > 1


def test_a_transposed_copy_is_found_and_named():
    rng = np.random.default_rng(3)
    original = [(i, int(pitch)) for i, pitch in enumerate(rng.integers(40, 80, 30))]
    other = [(i, int(pitch)) for i, pitch in enumerate(rng.integers(40, 80, 30))]
    known = [piece(other, "other"), piece(original, "original")]
    # Later, between other notes, and in another key.
    inside = [(0, 50), *((onset + 9, pitch) for onset, pitch in original[5:20]), (40, 60)]
    (run,) = longest_shared_runs([piece(inside).transposed(4)], known)
    assert run.piece == "original"
    assert 15 <= run.notes <= 17


def test_a_run_does_not_reach_from_piece_to_piece():
    first, second = [(i, 60 + i) for i in range(5)], [(i, 70 - 2 * i) for i in range(5)]
    joined = [*first, *((onset + 5, pitch) for onset, pitch in second)]
    (run,) = longest_shared_runs([piece(joined)], [piece(first), piece(second)])
    assert run.notes == 5


def test_the_rhythm_counts():
    even, dotted = [(i, 60 + i) for i in range(6)], [(i * 1.5, 60 + i) for i in range(6)]
    (run,) = longest_shared_runs([piece(dotted)], [piece(even)])
    assert run == (1, None)
