"""What a model composes, beside what people composed."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from rich.table import Table

from seqzoo.errors import UsageError
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.music.copies import SharedRun, longest_shared_runs
from seqzoo.training.music.pieces import Piece
from seqzoo.training.music.statistics import distances, statistics_of
from seqzoo.training.parts import Parts, part_of
from seqzoo.zoo.note_generator.score_reader import to_midi


@dataclasses.dataclass(frozen=True)
class Compositions(Evaluation):
    """Composed pieces and held-out ones, both measured against the training part.

    What held-out pieces score is what a composer scores who knows the style and copies nothing.

    Attributes:
        composed: How many pieces were composed.
        means: By statistic, the means of training, held-out and composed pieces.
        distances: By statistic, how far held-out and composed pieces are from the training part;
            see `seqzoo.training.music.statistics.distances`.
        shared_notes: The notes in the longest run that each held-out and each composed piece
            shares with a training piece.
        most_shared: The training piece that shares most with a composed one.
    """

    composed: int
    means: dict[str, tuple[float, float, float]]
    distances: dict[str, tuple[float, float]]
    shared_notes: tuple[list[int], list[int]]
    most_shared: str | None

    def scores(self):
        """The attributes."""
        return dataclasses.asdict(self)

    def show(self, title):
        """A table: means, and distances from the training part."""
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
    task, parts: Parts[Piece], part: str, count: int, seed: int
) -> Compositions:
    """Composes from nothing, and compares with a part and the training part.

    Pieces are drawn from the model's own probabilities, at temperature 1; they end by themselves,
    or where half of the part's pieces are over.

    Args:
        task: A `NoteGenerator`; it is compiled anew.
        parts: The data.
        part: `"validation"` or `"test"`; what is compared with the training part.
        count: How many pieces are composed.
        seed: Of the pieces.

    Raises:
        UsageError: If a part is empty or not held out, or no piece has notes.
    """
    if part not in ("validation", "test"):
        raise UsageError(f"--compose compares with held-out pieces, not {part}: take test.")
    train, held_out = part_of(parts, "train"), part_of(parts, part)
    length = int(np.median([len(ids) for ids in _token_ids(task, held_out)]))
    composed = _compose(task, count, length, seed)
    sets = [statistics_of(pieces) for pieces in (train, held_out, composed)]
    apart = [distances(sets[0], each) for each in sets[1:]]
    runs = [longest_shared_runs(pieces, train) for pieces in (held_out, composed)]
    return Compositions(
        composed=len(composed),
        means={
            name: tuple(float(each.values[name].mean()) for each in sets)
            for name in sets[0].values
            if all(name in each.values for each in sets)
        },
        distances={
            name: tuple(each[name] for each in apart) for name in apart[0] if name in apart[1]
        },
        shared_notes=tuple([run.notes for run in each] for each in runs),
        most_shared=_longest(runs[1]).piece,
    )


def _longest(runs: Sequence[SharedRun]) -> SharedRun:
    return max(runs, key=lambda run: run.notes)


def _token_ids(task, pieces: Sequence[Piece]):
    return task.preprocessor.token_ids([piece.midi for piece in pieces])


def _compose(task, count: int, length: int, seed: int) -> list[Piece]:
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
