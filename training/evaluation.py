"""How well a model predicts pieces that it has not seen."""

import dataclasses
from collections.abc import Callable

import numpy as np

from seqzoo.errors import UsageError
from seqzoo.training.baselines import NGramBaseline
from seqzoo.training.pieces import Parts
from seqzoo.training.transposition import intervals_of, transpose


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Negative log-likelihoods in nats per event; lower is better.

    Attributes:
        part: The part that was measured.
        pieces: The number of pieces in it.
        events: The number of events in it, end tokens included.
        model: Of the model, each piece read in one go.
        bigram: Of event pairs, counted on the training part in all keys.
        unigram: Of single events, counted likewise.
    """

    part: str
    pieces: int
    events: int
    model: float
    bigram: float
    unigram: float


def evaluate(task, parts: Parts, part: str = "test") -> Evaluation:
    """Measures a model on a part of a data set, beside baselines.

    Args:
        task: A model that has `score`.
        parts: The data.
        part: `"train"`, `"validation"` or `"test"`.

    Raises:
        UsageError: If the part is empty.
    """
    pieces = _pieces(parts, part)
    midis = [piece.midi for piece in pieces]
    scores = task.score(midis)
    sequences = task.preprocessor.token_ids(midis)
    baseline = _baseline(task.preprocessor, parts)
    return Evaluation(
        part=part,
        pieces=len(pieces),
        events=int(scores["length"].sum()),
        model=-float(np.sum(scores["log_probability"]) / np.sum(scores["length"])),
        bigram=baseline.bigram_loss(sequences),
        unigram=baseline.unigram_loss(sequences),
    )


def likelihood_through_signature(task, parts: Parts, part: str = "test") -> Callable:
    """Measures an exported model by its signature `score`.

    Args:
        task: The model that was exported.
        parts: The data.
        part: `"train"`, `"validation"` or `"test"`.

    Returns:
        A function that takes `answer(signature, **inputs)` and returns nats per event.

    Raises:
        UsageError: If the part is empty.
    """
    sequences = task.preprocessor.token_ids([piece.midi for piece in _pieces(parts, part)])

    def measure(answer):
        scores = [answer("score", token_ids=ids[None, 1:].astype("int32")) for ids in sequences]
        total, events = (
            sum(float(np.sum(score[name])) for score in scores)
            for name in ("log_probability", "length")
        )
        return {f"nats per event on the {part} part": -total / events}

    return measure


def _pieces(parts, part):
    pieces = getattr(parts, part)
    if not pieces:
        raise UsageError(f"The data has no {part} part: take another part, or more data.")
    return pieces


def _baseline(preprocessor, parts):
    """Counted in all keys, as the model is trained in all keys."""
    transposed = [
        transpose(piece, interval).midi for piece in parts.train for interval in intervals_of(piece)
    ]
    return NGramBaseline(
        preprocessor.token_ids(transposed), preprocessor.tokenizer.vocabulary_size()
    )
