"""Confusion matrix of entity labels.

The pairs are entities, not samples with one label each, and some have no partner: the matrix and
the drawing of scikit-learn know neither.
"""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from seqzoo.core.atomic import atomic_file
from seqzoo.training.ner_tagger.outcomes import Outcome

_NONE = "none"
_CELL = 0.62  # inches
_MIN_SIDE = 5.0  # inches


@dataclasses.dataclass(frozen=True)
class Confusion:
    """A confusion matrix of entities.

    Entities are paired as `sort_entities` pairs them: what counts here is the label, so an entity
    with a wrong boundary stands in the row and the column of its label.

    Attributes:
        labels: The labels in alphabetical order; the matrix has one more row and column, `none`.
        counts: int64 `(labels + 1, labels + 1)`. Rows are gold, columns predicted; the last column
            holds what was missed, the last row what was invented.
    """

    labels: list[str]
    counts: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """Every count as a share of its row; float64, 0 in rows of nothing."""
        rows = self.counts.sum(axis=1, keepdims=True)
        return self.counts / np.maximum(rows, 1)


def confusion_of(outcomes: Sequence[Outcome]) -> Confusion:
    """Counts which labels were taken for which."""
    pairs = [
        tuple(span and span.label for span in (outcome.gold, outcome.predicted))
        for outcome in outcomes
    ]
    labels = sorted({label for pair in pairs for label in pair if label is not None})
    place = {label: index for index, label in enumerate([*labels, None])}
    counts = np.zeros((len(place), len(place)), "int64")
    for gold, predicted in pairs:
        counts[place[gold], place[predicted]] += 1
    return Confusion(labels, counts)


def draw_confusion(confusion: Confusion, title: str, path: str | os.PathLike) -> None:
    """Draws a confusion matrix as a PNG: counts, and the shares of their row in colour and percent.

    Args:
        confusion: The matrix.
        title: The title.
        path: The PNG file.
    """
    names = [*confusion.labels, _NONE]
    side = max(2.2 + _CELL * len(names), _MIN_SIDE)
    figure = Figure(figsize=(side + 0.6, side), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    # The root of the share, so that an error of one in a hundred can be seen.
    shares = axes.imshow(confusion.shares, cmap="Blues", norm=PowerNorm(0.5, vmin=0, vmax=1))
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(f"predicted label ({_NONE}: missed); boundaries may differ")
    axes.set_ylabel(f"gold label ({_NONE}: invented)")
    axes.set_title(title, wrap=True)
    figure.colorbar(shares, label="share of the row", format=PercentFormatter(1), shrink=0.6)
    _write_cells(axes, confusion)
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)


def _write_cells(axes, confusion):
    """Writes counts and shares into the cells that are not empty."""
    for row, column in np.argwhere(confusion.counts):
        share = confusion.shares[row, column]
        axes.text(
            column,
            row,
            f"{confusion.counts[row, column]}\n{share:.0%}",
            ha="center",
            va="center",
            fontsize=8,
            color="white" if share > 0.3 else "black",
        )
