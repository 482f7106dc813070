"""How well a model predicts the frames of pieces that it has not seen."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from rich.table import Table

from seqzoo.training.baselines import NGramBaseline
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.frames.pieces import RollPiece
from seqzoo.training.parts import Parts, part_of
from seqzoo.training.token_likelihood import nats_per_token
from seqzoo.zoo.frame_generator.tokens import END


@dataclasses.dataclass(frozen=True)
class FrameEvaluation(Evaluation):
    """Negative log-likelihoods in nats; lower is better.

    Attributes:
        part: The part that was measured.
        pieces: The number of pieces in it.
        frames: The number of frames in it.
        tokens: The number of tokens in it, end tokens included.
        nats_per_frame: Of the model, over all frames, each piece read in one go. The end of a
            piece is no frame and not counted: a frame's likelihood is that where one follows.
        nats_per_token: Of the model, over all tokens, the end of every piece included.
        bigram_per_frame: Of pairs of tokens, counted on the training part.
        unigram_per_frame: Of single tokens, counted likewise.
    """

    part: str
    pieces: int
    frames: int
    tokens: int
    nats_per_frame: float
    nats_per_token: float
    bigram_per_frame: float
    unigram_per_frame: float

    def scores(self):
        """The attributes."""
        return dataclasses.asdict(self)

    def show(self, title):
        """A table of the likelihoods."""
        table = Table(
            "",
            "nats per frame",
            "nats per token",
            title=f"{title}: {self.pieces} pieces, {self.frames} frames",
            caption="negative log-likelihood; a frame's is that where a frame follows, a token's "
            "counts the end of a piece",
        )
        table.add_row("unigram of tokens", f"{self.unigram_per_frame:.3f}", "")
        table.add_row("bigram of tokens", f"{self.bigram_per_frame:.3f}", "")
        table.add_row("model", f"{self.nats_per_frame:.3f}", f"{self.nats_per_token:.3f}")
        return table


def evaluate(task, parts: Parts[RollPiece], part: str = "test") -> FrameEvaluation:
    """Measures a model on a part of a data set, beside baselines.

    Args:
        task: A `FrameGenerator`.
        parts: The data.
        part: `"train"`, `"validation"`, `"test"` or `"all"`.

    Raises:
        UsageError: If the part is empty, or its pieces are.
    """
    pieces = part_of(parts, part)
    rolls = [piece.roll for piece in pieces]
    score = task.score(rolls)
    frames = sum(map(len, rolls))
    # The end of a piece is no frame.
    sequences = [ids[ids != END] for ids in task.preprocessor.token_ids(rolls)]
    tokens_per_frame = sum(len(ids) - 1 for ids in sequences) / frames
    baseline = _baseline(task.preprocessor, parts)
    return FrameEvaluation(
        part=part,
        pieces=len(pieces),
        frames=frames,
        tokens=int(score["length"].sum()),
        nats_per_frame=nats_per_frame(task, pieces),
        nats_per_token=nats_per_token([score]),
        bigram_per_frame=tokens_per_frame * baseline.loss(sequences, 2),
        unigram_per_frame=tokens_per_frame * baseline.loss(sequences, 1),
    )


def nats_per_frame(task, pieces: Sequence[RollPiece]) -> float:
    """The negative log-likelihood of all frames, divided by their number."""
    return -float(
        np.mean(np.concatenate(task.frame_log_likelihood([piece.roll for piece in pieces])))
    )


def _baseline(preprocessor, parts):
    """Counted on the pieces as they are: the published ones stand in a common key."""
    sequences = preprocessor.token_ids([piece.roll for piece in parts.train])
    return NGramBaseline(
        [ids[ids != END] for ids in sequences], preprocessor.tokenizer.vocabulary_size()
    )
