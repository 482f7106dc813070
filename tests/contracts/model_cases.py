"""The models of the zoo, small, with samples: one entry a model, and every contract runs on it."""

import dataclasses
from collections.abc import Callable

import numpy as np
import symusic

from seqzoo import zoo


@dataclasses.dataclass(frozen=True)
class ModelCase:
    """A model to hold to the life-cycle contract.

    Attributes:
        make: Makes a small untrained model.
        samples: Raw inputs of unlike lengths.
        smallest: The smallest raw input there is.
        empty: A raw input that holds nothing, from which the model can start all the same.
        wrong: Inputs that are none, and what the error says of each.
    """

    name: str
    make: Callable[[], object]
    samples: list
    smallest: object
    empty: object
    wrong: list[tuple[object, str]]

    def __repr__(self):
        return self.name


def melody(pitches, quarter=480) -> symusic.Score:
    """A score of one voice: a quarter note for every pitch, in 3/4."""
    score = symusic.Score(quarter)
    score.time_signatures.append(symusic.TimeSignature(0, 3, 4))
    score.tracks.append(symusic.Track(program=0, is_drum=False))
    for index, pitch in enumerate(pitches):
        score.tracks[0].notes.append(symusic.Note(index * quarter, quarter, pitch, 64))
    return score


def _melodies():
    rng = np.random.default_rng(0)
    return [melody([60, 64, 67, 72] * n + rng.integers(40, 90, n).tolist()) for n in (2, 5, 9, 3)]


MODEL_CASES = [
    ModelCase(
        name="NoteGenerator",
        make=lambda: zoo.NoteGenerator.from_sizes(
            embedding_dim=8, units=12, num_layers=2, dropout=0.1, sequence_length=24
        ),
        samples=_melodies(),
        smallest=melody([60]),
        empty=b"",
        wrong=[
            ("no-such-score.mid", "no-such-score.mid"),
            (b"not a MIDI file", "MIDI"),
            (melody([]), "note"),
            (42, "Received: 42"),
        ],
    )
]
