"""Ranking of pieces that were composed on one request."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import symusic

from seqzoo.zoo.music.score import can_be_played
from seqzoo.zoo.music.statistics import PieceStatistics, piece_statistics
from seqzoo.zoo.note_generator.composing.likelihood import token_log_probabilities

if TYPE_CHECKING:
    from seqzoo.zoo.note_generator.task import NoteGenerator

EXCERPT_BARS = 16
"""The number of bars that the reference values were measured on, the first of each song."""

STYLE_MEANS = PieceStatistics(6.252, 41.91, 0.227, 2.718, 0.017)
STYLE_DEVIATIONS = PieceStatistics(2.395, 6.262, 0.117, 0.267, 0.032)
"""Means and standard deviations of the first 16 bars of the 64 training songs of the data set
`schubert-lieder`, by `python benchmarks/ranking.py`."""


@dataclasses.dataclass(frozen=True)
class Rated:
    """A piece and what ranks it.

    Attributes:
        index: The index of the piece among those given.
        nats: The negative log-likelihood of its added events, in nats per event; infinite if it has
            no notes.
        statistics: Its statistics; `None` if it has no notes.
        distance: The root mean square of the differences of the statistics from those of the style,
            in standard deviations; infinite if it has no notes.
    """

    index: int
    nats: float = math.inf
    statistics: PieceStatistics | None = None
    distance: float = math.inf

    @property
    def points(self) -> float:
        """What pieces are ranked by: the lower, the better."""
        return self.nats + self.distance


def ranked(task: NoteGenerator, scores: Sequence[symusic.Score], prompt: Any = None) -> list[Rated]:
    """Ranks pieces, best first, by likelihood and by their distance from the style.

    The likelihood alone would choose the dullest piece: what repeats is the most probable. So each
    piece also gets its distance from the training style in five statistics, each of which catches
    ways to be dull or wild:

    - notes per quarter note: long chords throughout, or a rush of notes;
    - semitones from the lowest to the highest note: a piece that stays in one register;
    - repeated notes: a figure that never changes, or bars that have nothing in common. The bars
      that a form repeats do not count, as they are not adjacent;
    - entropy of the tones: a single chord throughout, or wrong notes;
    - empty hands: a hand that does not play.

    A piece that differs from the style as much as its songs do from each other has a distance of
    about 1. The points of a piece are its nats per event plus its distance, so that a nat for every
    event counts as much as one standard deviation in every statistic. Pieces without notes come
    last.

    Args:
        task: A `NoteGenerator`.
        scores: The pieces, which begin with the prompt.
        prompt: Their prompt, whose events are not rated: a score, `Conditions` or `None`.
    """
    _, prompt_ids = task.preprocessor.one_prompt(prompt)
    given = 1 + len(prompt_ids)
    played = [index for index, score in enumerate(scores) if can_be_played(score)]
    rated = [Rated(index) for index in range(len(scores)) if index not in played]
    if played:
        # Without the end token, which a piece of a given number of bars does not choose.
        ids = [ids[:-1] for ids in task.preprocessor.token_ids([scores[i] for i in played])]
        for index, found in zip(played, token_log_probabilities(task, ids), strict=True):
            added = found[given - 1 :]
            statistics = piece_statistics(scores[index])
            nats = -float(added.mean()) if len(added) else math.inf
            rated.append(Rated(index, nats, statistics, _distance(statistics)))
    return sorted(rated, key=lambda each: each.points)


def _distance(statistics: PieceStatistics) -> float:
    differences = (
        (value - mean) / deviation
        for value, mean, deviation in zip(statistics, STYLE_MEANS, STYLE_DEVIATIONS, strict=True)
    )
    return math.sqrt(sum(d * d for d in differences) / len(statistics))
