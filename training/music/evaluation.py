"""How well a model predicts pieces that it has not seen."""

import dataclasses

from rich.table import Table

from seqzoo.training.baselines import NGramBaseline
from seqzoo.training.evaluation import Evaluation
from seqzoo.training.parts import Parts, part_of
from seqzoo.training.token_likelihood import nats_per_token

_ORDERS = {"unigram": 1, "bigram": 2, "five_gram": 5}


@dataclasses.dataclass(frozen=True)
class MusicEvaluation(Evaluation):
    """Negative log-likelihoods in nats per event; lower is better.

    Attributes:
        part: The part that was measured.
        pieces: The number of pieces in it.
        events: The number of events in it, end tokens included.
        model: Of the model, each piece read in one go.
        five_gram: Of events that follow four others, counted on the training part.
        bigram: Of event pairs, counted likewise.
        unigram: Of single events, counted likewise.
    """

    part: str
    pieces: int
    events: int
    model: float
    five_gram: float
    bigram: float
    unigram: float

    def scores(self):
        """The attributes."""
        return dataclasses.asdict(self)

    def show(self, title):
        """A table of the likelihoods."""
        table = Table(
            "",
            "negative log-likelihood (nats per event)",
            title=f"{title}: {self.pieces} pieces, {self.events} events",
        )
        for name in (*_ORDERS, "model"):
            table.add_row(name.replace("five_", "5-"), f"{getattr(self, name):.3f}")
        return table


def evaluate(task, parts: Parts, part: str = "test") -> MusicEvaluation:
    """Measures a model on a part of a data set, beside baselines.

    Args:
        task: A model that has `score`.
        parts: The data.
        part: `"train"`, `"validation"`, `"test"` or `"all"`.

    Raises:
        UsageError: If the part is empty.
    """
    pieces = part_of(parts, part)
    midis = [piece.midi for piece in pieces]
    scores = task.score(midis)
    sequences = task.preprocessor.token_ids(midis)
    baseline = _baseline(task.preprocessor, parts)
    return MusicEvaluation(
        part=part,
        pieces=len(pieces),
        events=int(scores["length"].sum()),
        model=nats_per_token([scores]),
        **{name: baseline.loss(sequences, order) for name, order in _ORDERS.items()},
    )


def _baseline(preprocessor, parts):
    return NGramBaseline(
        preprocessor.token_ids([piece.midi for piece in parts.train]),
        preprocessor.tokenizer.vocabulary_size(),
        max(_ORDERS.values()),
    )
