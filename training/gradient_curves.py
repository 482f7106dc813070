"""Plots of gradient norms against time steps."""

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from seqzoo.core.atomic import atomic_file

_COLUMNS = 2


def draw_gradient_norms(norms: Mapping[str, np.ndarray], path: str | os.PathLike) -> None:
    """Draws gradient norms against time steps, one curve for each name, as a PNG.

    Args:
        norms: `(time,)` each, as `gradient_norms` returns them. NaN and zero cannot be drawn on
            the logarithmic axis; the curve is interrupted there.
        path: The PNG file.
    """
    figure = Figure(figsize=(7, 4), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    for name, values in norms.items():
        _draw_curve(axes, values, label=name)
    _label(axes)
    axes.set_ylabel("gradient norm")
    axes.legend()
    _save(figure, path)


def draw_gradient_norm_history(
    history: Sequence[tuple[int, Mapping[str, np.ndarray]]], path: str | os.PathLike
) -> None:
    """Draws how gradient norms change in training: a panel for each layer, a curve for each epoch.

    Args:
        history: The epochs, counted from zero, and what `gradient_norms` returned after each.
        path: The PNG file.
    """
    names = list(history[-1][1])
    columns = min(_COLUMNS, len(names))
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(1 + 5.5 * columns, 0.5 + 3.5 * rows), dpi=120, layout="constrained")
    panels = figure.subplots(rows, columns, sharey=True, squeeze=False)
    colors = colormaps["viridis"](np.linspace(0, 0.9, len(history)))
    for axes, name in zip(panels.flat, names, strict=False):
        for color, (epoch, norms) in zip(colors, history, strict=True):
            ends = epoch in (history[0][0], history[-1][0])
            _draw_curve(
                axes, norms[name], color=color, label=f"after epoch {epoch + 1}" if ends else None
            )
        _label(axes)
        axes.set_title(name)
    for axes in panels[:, 0]:
        axes.set_ylabel("gradient norm")
    for axes in panels.flat[len(names) :]:
        axes.set_axis_off()
    panels[0, 0].legend()
    _save(figure, path)


def _draw_curve(axes: Axes, norms: np.ndarray, **style: Any) -> None:
    steps = np.arange(1, len(norms) + 1)
    axes.plot(steps, np.where(norms > 0, norms, np.nan), **style)


def _label(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.set_xlabel("time step")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)


def _save(figure: Figure, path: str | os.PathLike) -> None:
    with atomic_file(path) as aside:
        FigureCanvasAgg(figure).print_png(aside)
