"""Evaluation of note generators: likelihood of unseen pieces."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import RenderableType
from rich.table import Table

from seqzoo.training.baselines import ngram_losses
from seqzoo.training.data.music.pieces import Piece
from seqzoo.training.data.splits import Splits, split_of
from seqzoo.training.data.training_data import TrainingData, baseline_phrase
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.token_likelihood import nats_per_token

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.preprocessor import NoteGeneratorPreprocessor
    from seqzoo.zoo.note_generator.task import NoteGenerator


_ORDERS = {"unigram": 1, "bigram": 2, "five_gram": 5}


@dataclasses.dataclass(frozen=True)
class MusicEvaluation(Evaluation):
    """Negative log-likelihoods in nats per event; lower is better.

    Attributes:
        split: The split that was measured.
        pieces: The number of pieces in it.
        events: The number of events in it, including end tokens.
        model: Of the model; pieces are not cut into windows.
        five_gram: Of the 5-gram model of the training data; `None` if the training data is not
            known.
        bigram: Of the bigram model, likewise.
        unigram: Of the unigram model, likewise.
        baseline_data: The data of the baselines; `None` if there are no baselines.
    """

    split: str
    pieces: int
    events: int
    model: float
    five_gram: float | None = None
    bigram: float | None = None
    unigram: float | None = None
    baseline_data: str | None = None

    def scores(self) -> dict[str, Any]:
        """Returns the attributes."""
        return dataclasses.asdict(self)

    def show(self, title: str) -> RenderableType:
        """Returns a table of the likelihoods."""
        table = Table(
            "",
            "negative log-likelihood (nats per event)",
            title=f"{title}: {self.pieces} pieces, {self.events} events; "
            f"{baseline_phrase(self.baseline_data)}",
        )
        for name in (*_ORDERS, "model"):
            value = getattr(self, name)
            if value is not None:
                table.add_row(name.replace("five_", "5-"), f"{value:.3f}")
        return table


def evaluate(
    task: NoteGenerator,
    splits: Splits[Piece],
    split: str = "test",
    training_data: TrainingData[Piece] | None = None,
) -> MusicEvaluation:
    """Measures a model and baselines on a split of a data set.

    Args:
        task: A model that has `score`.
        splits: The data.
        split: `"train"`, `"validation"`, `"test"` or `"all"`.
        training_data: The training data of the model, for the baselines. Defaults to no
            baselines: other data would give them an unfair advantage or disadvantage.

    Raises:
        UsageError: If the split is empty.
    """
    pieces = split_of(splits, split)
    midis = [piece.midi for piece in pieces]
    scores = task.score(midis)
    sequences = task.preprocessor.token_ids(midis)
    return MusicEvaluation(
        split=split,
        pieces=len(pieces),
        events=int(scores["length"].sum()),
        model=nats_per_token([scores]),
        **_baselines(task.preprocessor, sequences, training_data),
    )


def _baselines(
    preprocessor: NoteGeneratorPreprocessor,
    sequences: Sequence[np.ndarray],
    training_data: TrainingData[Piece] | None,
) -> dict[str, Any]:
    if training_data is None:
        return {}
    known = preprocessor.token_ids([piece.midi for piece in training_data.examples])
    losses = ngram_losses(known, sequences, preprocessor.tokenizer.vocabulary_size(), _ORDERS)
    return {**losses, "baseline_data": training_data.described("pieces")}
