"""Scores that are as high as entities are often right."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from seqzoo.core.atomic import atomic_file
from seqzoo.layers.crf.linear_chain import log_likelihood

if TYPE_CHECKING:
    from seqzoo.zoo.ner_tagger.task import NERTagger

BINS = 10
_LOWEST, _HIGHEST = 0.25, 4.0
_TOLERANCE = 0.005


@dataclasses.dataclass(frozen=True)
class Reliability:
    """How often entities are right, by their score.

    Attributes:
        scores: The mean score of the entities of every bin, lowest scores first.
        right: The share of right ones among them.
        counts: Their number; bins without entities are left out.
    """

    scores: np.ndarray
    right: np.ndarray
    counts: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error (Naeini et al. 2015): by how much scores are wrong."""
        total = max(self.counts.sum(), 1)
        return float(np.sum(self.counts * np.abs(self.right - self.scores)) / total)


def fitted_temperature(
    task: NERTagger,
    sentences: Sequence[Sequence[str]],
    tags: Sequence[Sequence[str]],
    batch_size: int | None = None,
) -> float:
    """The temperature under which a tagger finds the tags of some sentences most probable.

    The likelihood of a chain is log-concave in the inverse of the temperature, so that it has one
    maximum, which a bounded search finds (Brent 1973).

    Args:
        task: The tagger; its own temperature does not matter.
        sentences: The words of every sentence, which the tagger has not learned from.
        tags: The tags of every word.
        batch_size: See `NERTagger.batches`.
    """
    network = tf.function(task, autograph=False, reduce_retracing=True)
    chains = [
        (network(inputs, training=False), gold, weights)
        for inputs, gold, weights in task.batches(sentences, tags, batch_size)
    ]

    @tf.function(reduce_retracing=True)
    def batch_loss(potentials, gold, weights, inverse):
        return -tf.reduce_sum(weights * log_likelihood(potentials * inverse, gold))

    def loss(inverse: float) -> float:
        scale = tf.constant(inverse, tf.float32)
        return sum(float(batch_loss(*chain, scale)) for chain in chains)

    # Scikit-learn, which seqeval needs, brings it.
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda logarithm: loss(float(np.exp(-logarithm))),
        bounds=(np.log(_LOWEST), np.log(_HIGHEST)),
        method="bounded",
        options={"xatol": _TOLERANCE},
    )
    return float(np.exp(found.x))


def reliability_of(found: Sequence[tuple[bool, float]]) -> Reliability:
    """Sorts entities by their score.

    Args:
        found: Of every entity whether it is right, and its score; see `scored_entities`.

    >>> reliability_of([(True, 0.95), (False, 0.95), (True, 0.55)]).right.tolist()
    [1.0, 0.5]
    """
    right = np.array([is_right for is_right, _ in found], float)
    scores = np.array([score for _, score in found], float)
    places = np.minimum((scores * BINS).astype(int), BINS - 1)
    counts = np.bincount(places, minlength=BINS)
    filled = counts > 0
    means = [
        np.bincount(places, values, minlength=BINS)[filled] / counts[filled]
        for values in (scores, right)
    ]
    return Reliability(means[0], means[1], counts[filled])


def draw_reliability(
    reliabilities: dict[str, Reliability], title: str, path: str | os.PathLike
) -> None:
    """Draws the share of right entities over their score as a PNG.

    Args:
        reliabilities: What is compared, by name.
        title: What stands above.
        path: Where to.
    """
    figure = Figure(figsize=(5.2, 5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color="0.6", linestyle="--", label="as high as often right")
    for name, each in reliabilities.items():
        label = f"{name}: error {100 * each.error:.1f} points"
        (line,) = axes.plot(each.scores, each.right, marker="o", label=label)
        for x, y, count in zip(each.scores, each.right, each.counts, strict=True):
            axes.annotate(
                str(count),
                (x, y),
                (4, -10),
                textcoords="offset points",
                fontsize=7,
                color=line.get_color(),
            )
    axes.set_xlabel("score of the entities, mean of a bin")
    axes.set_ylabel("share of right ones; their number beside the point")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    axes.set_title(title, wrap=True)
    axes.legend(loc="upper left", fontsize=8)
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)
