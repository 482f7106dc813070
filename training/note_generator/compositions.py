"""Comparison of a model's compositions with held-out pieces."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.table import Table

from seqzoo.core.errors import UsageError
from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.data.splits import Splits, split_of
from seqzoo.training.data.training_data import TrainingData
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.note_generator.copies import SharedRun, longest_shared_runs
from seqzoo.training.note_generator.statistics import Statistics, distances, statistics_of
from seqzoo.zoo.music.reader import to_midi

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator


@dataclasses.dataclass(frozen=True)
class Compositions(Evaluation):
    """Composed and held-out pieces, both compared with the training pieces.

    The scores of held-out pieces are the reference: they share the style and copy nothing.

    Attributes:
        composed: The number of composed pieces.
        means: The means of training, held-out and composed pieces, by statistic.
        distances: The distances of held-out and composed pieces from the training pieces, by
            statistic; see `seqzoo.training.note_generator.statistics.distances`.
        shared_notes: The number of notes in the longest run that each held-out and each composed
            piece shares with a training piece.
        most_shared: The training piece with the longest run that a composed piece shares.
    """

    composed: int
    means: dict[str, tuple[float, float, float]]
    distances: dict[str, tuple[float, float]]
    shared_notes: tuple[list[int], list[int]]
    most_shared: str | None

    def scores(self) -> dict:
        """Returns the attributes."""
        return dataclasses.asdict(self)

    def show(self, title: str) -> Table:
        """Returns a table of means and of distances from the training pieces."""
        table = Table(
            *("", "training", "held-out", "composed", "held-out: distance", "composed: distance"),
            title=f"{title}: {self.composed} composed pieces",
        )
        for name, pair in self.distances.items():
            means = [f"{mean:.3f}" for mean in self.means.get(name, ())] or ["", "", ""]
            table.add_row(name, *means, *(f"{distance:.3f}" for distance in pair))
        for name, measure in (("median", np.median), ("longest", max)):
            lengths = [f"{measure(each):g}" for each in self.shared_notes]
            table.add_row(f"notes shared with a training piece, {name}", "", *lengths)
        return table


def compose_and_compare(
    task: NoteGenerator,
    splits: Splits[Piece],
    split: str,
    count: int,
    seed: int,
    training_data: TrainingData[Piece] | None,
) -> Compositions:
    """Composes pieces without a prompt, and compares them with a split and the training data.

    Pieces are sampled at temperature 1. They end with an end token, or at the median length of the
    split's pieces.

    Args:
        task: The model; it is compiled with a new sampler.
        splits: The data.
        split: The held-out split that is compared with the training pieces.
        count: The number of pieces to compose.
        seed: The random seed.
        training_data: The training data of the model; `None` if it is not known.

    Raises:
        UsageError: If the split is empty or not held out, no piece has notes, or the training
            pieces are not known.
    """
    if training_data is None:
        raise UsageError(
            "--compose compares with the pieces that the model was trained on, which are not "
            "known: name them by --baseline-data."
        )
    train, held_out = training_data.examples, split_of(splits, split)
    known = {piece.midi for piece in train}
    if any(piece.midi in known for piece in held_out):
        raise UsageError(f"--compose compares with held-out pieces, not {split}: take test.")
    length = int(np.median([len(ids) for ids in _token_ids(task, held_out)]))
    composed = _compose(task, count, length, seed)
    of_train, of_held_out, of_composed = map(statistics_of, (train, held_out, composed))
    held_out_apart = distances(of_train, of_held_out)
    composed_apart = distances(of_train, of_composed)
    held_out_runs = longest_shared_runs(held_out, train)
    composed_runs = longest_shared_runs(composed, train)
    return Compositions(
        composed=len(composed),
        means={
            name: (_mean(of_train, name), _mean(of_held_out, name), _mean(of_composed, name))
            for name in of_train.values
            if name in of_held_out.values and name in of_composed.values
        },
        distances={
            name: (distance, composed_apart[name])
            for name, distance in held_out_apart.items()
            if name in composed_apart
        },
        shared_notes=(
            [run.notes for run in held_out_runs],
            [run.notes for run in composed_runs],
        ),
        most_shared=_longest(composed_runs).piece,
    )


def _mean(statistics: Statistics, name: str) -> float:
    return float(statistics.values[name].mean())


def _longest(runs: Sequence[SharedRun]) -> SharedRun:
    return max(runs, key=lambda run: run.notes)


def _token_ids(task: NoteGenerator, pieces: Sequence[Piece]) -> list[list[int]]:
    return task.preprocessor.token_ids([piece.midi for piece in pieces])


def _compose(task: NoteGenerator, count: int, length: int, seed: int) -> list[Piece]:
    from keras_nlp.samplers import RandomSampler

    task.compile(sampler=RandomSampler(seed=seed))
    scores = task.generate([b""] * count, max_length=length)
    pieces = [
        Piece(f"composed {number}", to_midi(score))
        for number, score in enumerate(scores, start=1)
        if any(track.notes for track in score.tracks)
    ]
    if not pieces:
        raise UsageError(f"None of {count} pieces has a note: train the model longer.")
    return pieces
