"""Training curves of a run."""

import dataclasses
import os
from collections.abc import Mapping, Sequence

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqzoo.core.atomic import atomic_file


@dataclasses.dataclass(frozen=True)
class Curves:
    """Curves that share one diagram.

    Attributes:
        quantity: The label of the y axis, with its unit.
        labels: The label of each curve, by the name of its metric.
    """

    quantity: str
    labels: Mapping[str, str]


def draw_curves(
    history: list[dict[str, float]], curves: Sequence[Curves], path: str | os.PathLike
) -> None:
    """Draws the metrics of a run, epoch by epoch, as a PNG.

    Args:
        history: The metrics of every epoch.
        curves: The diagrams, from top to bottom.
        path: The PNG file.
    """
    figure = Figure(figsize=(7, 1 + 3 * len(curves)), dpi=120, layout="constrained")
    for place, diagram in enumerate(curves, 1):
        axes = figure.add_subplot(len(curves), 1, place)
        _draw(axes, history, diagram)
    axes.set_xlabel("epoch")
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)


def _draw(axes, history, diagram):
    epochs = range(1, len(history) + 1)
    for key, label in diagram.labels.items():
        axes.plot(epochs, [logs[key] for logs in history], marker="o", label=label)
    axes.set_ylabel(diagram.quantity)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
