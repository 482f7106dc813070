"""The curves of a run."""

import os

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqzoo.zoo.base.atomic import atomic_file


def draw_curves(history: list[dict[str, float]], path: str | os.PathLike) -> None:
    """Draws the losses of a run, epoch by epoch, as a PNG.

    Args:
        history: The metrics of every epoch; `nats_per_token` and `val_nats_per_token` are drawn.
        path: Where to.
    """
    figure = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    epochs = range(1, len(history) + 1)
    for key, label in {
        "nats_per_token": "training, with dropout",
        "val_nats_per_token": "validation",
    }.items():
        axes.plot(epochs, [logs[key] for logs in history], marker="o", label=label)
    axes.set_xlabel("epoch")
    axes.set_ylabel("cross-entropy (nats per event)")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)
