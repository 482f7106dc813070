"""Evaluation of frame generators: likelihood of the frames of unseen pieces."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import RenderableType
from rich.table import Table

from seqzoo.training.baselines import ngram_losses
from seqzoo.training.data.music.rolls import RollPiece
from seqzoo.training.data.splits import Splits, split_of
from seqzoo.training.data.training_data import TrainingData, baseline_phrase
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.token_likelihood import nats_per_token
from seqzoo.zoo.frame_generator.tokens import END

if TYPE_CHECKING:
    from seqzoo.zoo.frame_generator.preprocessor import FrameGeneratorPreprocessor
    from seqzoo.zoo.frame_generator.task import FrameGenerator

_ORDERS = {"unigram": 1, "bigram": 2}


@dataclasses.dataclass(frozen=True)
class FrameEvaluation(Evaluation):
    """Negative log-likelihoods in nats; lower is better.

    Attributes:
        split: The split that was measured.
        pieces: The number of pieces in it.
        frames: The number of frames in it.
        tokens: The number of tokens in it, including end tokens.
        nats_per_frame: Of the model, over all frames; pieces are not cut into windows. The end of a
            piece is not a frame: a frame's likelihood is conditional on the piece not ending.
        nats_per_token: Of the model, over all tokens, including the end of every piece.
        bigram_per_frame: Of the token bigram model of the training data; `None` if the training
            data is not known.
        unigram_per_frame: Of the token unigram model of the training data, likewise.
        baseline_data: The data of the baselines; `None` if there are no baselines.
    """

    split: str
    pieces: int
    frames: int
    tokens: int
    nats_per_frame: float
    nats_per_token: float
    bigram_per_frame: float | None = None
    unigram_per_frame: float | None = None
    baseline_data: str | None = None

    def scores(self) -> dict[str, Any]:
        """Returns the attributes."""
        return dataclasses.asdict(self)

    def show(self, title: str) -> RenderableType:
        """Returns a table of the likelihoods."""
        table = Table(
            "",
            "nats per frame",
            "nats per token",
            title=f"{title}: {self.pieces} pieces, {self.frames} frames; "
            f"{baseline_phrase(self.baseline_data)}",
            caption="negative log-likelihood; a frame's is that where a frame follows, a token's "
            "counts the end of a piece",
        )
        for name in _ORDERS:
            value = getattr(self, f"{name}_per_frame")
            if value is not None:
                table.add_row(f"{name} of tokens", f"{value:.3f}", "")
        table.add_row("model", f"{self.nats_per_frame:.3f}", f"{self.nats_per_token:.3f}")
        return table


def evaluate(
    task: FrameGenerator,
    splits: Splits[RollPiece],
    split: str = "test",
    training_data: TrainingData[RollPiece] | None = None,
) -> FrameEvaluation:
    """Measures a model on a split of a data set, beside baselines.

    Args:
        task: A `FrameGenerator`.
        splits: The data.
        split: `"train"`, `"validation"`, `"test"` or `"all"`.
        training_data: The training data of the model, for the baselines. Defaults to no
            baselines.

    Raises:
        UsageError: If the split, or all its pieces, are empty.
    """
    pieces = split_of(splits, split)
    rolls = [piece.roll for piece in pieces]
    score = task.score(rolls)
    frames = sum(map(len, rolls))
    # The end of a piece is not a frame.
    sequences = [ids[ids != END] for ids in task.preprocessor.token_ids(rolls)]
    tokens_per_frame = sum(len(ids) - 1 for ids in sequences) / frames
    return FrameEvaluation(
        split=split,
        pieces=len(pieces),
        frames=frames,
        tokens=int(score["length"].sum()),
        nats_per_frame=nats_per_frame(task, pieces),
        nats_per_token=nats_per_token([score]),
        **_baselines(task.preprocessor, sequences, tokens_per_frame, training_data),
    )


def nats_per_frame(task: FrameGenerator, pieces: Sequence[RollPiece]) -> float:
    """Returns the mean negative log-likelihood of frames."""
    return -float(
        np.mean(np.concatenate(task.frame_log_likelihood([piece.roll for piece in pieces])))
    )


def _baselines(
    preprocessor: FrameGeneratorPreprocessor,
    sequences: Sequence[np.ndarray],
    tokens_per_frame: float,
    training_data: TrainingData[RollPiece] | None,
) -> dict[str, Any]:
    """Returns baselines counted on untransposed pieces: the published ones share a common key."""
    if training_data is None:
        return {}
    known = preprocessor.token_ids([piece.roll for piece in training_data.examples])
    losses = ngram_losses(
        [ids[ids != END] for ids in known],
        sequences,
        preprocessor.tokenizer.vocabulary_size(),
        _ORDERS,
    )
    per_frame = {f"{name}_per_frame": tokens_per_frame * loss for name, loss in losses.items()}
    return {**per_frame, "baseline_data": training_data.described("pieces")}
